"""Whose a path is, and what `pyproject.toml` records of a project."""

import re
from pathlib import Path

from triceras.errors import UserError

ENGINE_ROOM = Path(__file__).parent / "engine_room.txt"


def with_setting(text: str, key: str, value: str, table: str = "tool.triceras") -> str:
    """A TOML text in which a table's key has another value; all else stays, comments too.

    Args:
        text: of `pyproject.toml`.
        key: is added at the head of the table where it is not there.
        value: a string without quotes or backslashes.
        table: one that is there.
    """
    header = re.search(rf"^\[{re.escape(table)}\]\n", text, re.MULTILINE)
    if not header:
        raise UserError(f"pyproject.toml has no [{table}]: take it back from the template")
    head, rest = text[: header.end()], text[header.end() :]
    own, following, others = rest.partition("\n[")
    line = f'{key} = "{value}"'
    own, count = re.subn(rf"^{key} = .*$", lambda _: line, own, count=1, flags=re.MULTILINE)
    return head + (own if count else f"{line}\n{own}") + following + others


def engine_paths(text: str | None = None) -> list[str]:
    """The paths that are the engine room's.

    Args:
        text: of `engine_room.txt`; `None` for the one here.
    """
    lines = (ENGINE_ROOM.read_text() if text is None else text).splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def in_engine_room(path: Path) -> bool:
    """Whether a path, relative to the root, is the engine room's."""
    return any(path.is_relative_to(part) for part in engine_paths())
