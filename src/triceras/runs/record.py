"""`run.json`: what a run is, and how it ended."""

import datetime
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from triceras.errors import UserError, one_line
from triceras.runs.folder import write_json

FILE = "run.json"


def read(folder: Path) -> dict[str, Any]:
    """What `run.json` holds.

    Raises:
        UserError: it is damaged.
    """
    try:
        return json.loads((folder / FILE).read_text())
    except ValueError as error:
        raise UserError(
            f"{folder / FILE} is damaged ({one_line(error)}): put a good copy of it there"
        ) from error


def update(folder: Path, changes: Mapping[str, Any]) -> None:
    """Adds to `run.json`, or makes it, whole or not at all."""
    before = read(folder) if (folder / FILE).exists() else {}
    write_json(folder / FILE, before | dict(changes))


def now() -> str:
    """The time, with its zone, to the second."""
    return datetime.datetime.now().astimezone().isoformat(timespec="seconds")
