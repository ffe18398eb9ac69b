"""Where the code that an older run was made with lies today."""

import functools
import importlib.util
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from triceras import project
from triceras.config import ROOT
from triceras.errors import UserError

SOURCE = ROOT / "src"
# Of this package itself; those of a project are in its pyproject.toml, `[tool.triceras.moved]`.
MOVED = {"triceras.runs.checkpoints": "triceras.checkpoints.checkpoints"}
TARGET = "_target_"


def at_todays_place(config: Any) -> Any:
    """The configuration of a run with the names that its code has today.

    Args:
        config: plain dictionaries, lists and values.
    """
    return renamed(config, all_moved(project.FILE))


@functools.cache
def all_moved(file: Path) -> dict[str, str]:
    """What has moved, and where to, the longest names first.

    Args:
        file: `pyproject.toml` of the project.
    """
    moved = MOVED | project.settings(file).get("moved", {})
    return dict(sorted(moved.items(), key=lambda pair: -len(pair[0])))


def renamed(config: Any, moved: Mapping[str, str]) -> Any:
    """A configuration whose targets begin with another name; the first that fits is taken."""
    if isinstance(config, list):
        return [renamed(value, moved) for value in config]
    if not isinstance(config, Mapping):
        return config
    return {
        key: new_name(value, moved) if key == TARGET else renamed(value, moved)
        for key, value in config.items()
    }


def new_name(target: str, moved: Mapping[str, str]) -> str:
    """What a target is called today."""
    for before, after in moved.items():
        if target == before or target.startswith(f"{before}."):
            # It may have moved more than once.
            others = {old: new for old, new in moved.items() if old != before}
            return new_name(after + target[len(before) :], others)
    return target


def check_code(folder: Any, config: Any, run: Mapping[str, Any]) -> None:
    """Checks that a run's configuration names nothing of the project that is no longer there.

    Args:
        folder: of the run, for the message.
        config: of the run, or a part of it.
        run: what its `run.json` holds.

    Raises:
        UserError: it does; the message says which commit of the project made the run.
    """
    for target in targets(config):
        if not is_there(target):
            commit = (run.get("git") or {}).get("commit")
            at = f"at its commit {commit[:12]}" if commit else "as it was then"
            raise UserError(
                f"the run {folder} was made with {target}, which this project no longer has: "
                f"use the project {at}, or write where it is now into [tool.triceras.moved] of "
                "pyproject.toml"
            )


def targets(config: Any) -> Iterator[str]:
    """All targets of a configuration."""
    if isinstance(config, Mapping):
        if isinstance(config.get(TARGET), str):
            yield config[TARGET]
        config = list(config.values())
    if isinstance(config, list):
        for value in config:
            yield from targets(value)


def is_there(target: str) -> bool:
    """Whether a target's module exists; what lies outside of the project is not looked at."""
    parts = target.split(".")
    if not (SOURCE / parts[0]).is_dir() and importlib.util.find_spec(parts[0]) is not None:
        return True
    # The rest of a target is a class or a function, or a method of a class.
    module, outer = SOURCE.joinpath(*parts[:-1]), SOURCE.joinpath(*parts[:-2])
    files = (module.with_suffix(".py"), outer.with_suffix(".py"), module / "__init__.py")
    return any(path.is_file() for path in files)
