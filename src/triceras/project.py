"""What a project says of itself in `pyproject.toml`, `[tool.triceras]`."""

import tomllib
from typing import Any

from triceras.config import ROOT
from triceras.errors import UserError, one_line

FILE = ROOT / "pyproject.toml"


def settings() -> dict[str, Any]:
    """The table; see the comments in the file.

    Raises:
        UserError: the file cannot be read, or has no such table.
    """
    try:
        return tomllib.loads(FILE.read_text())["tool"]["triceras"]
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{FILE} has no readable [tool.triceras]: {one_line(error)}") from error


def lab() -> str:
    """The name of the package that holds the project's own layers, models, data and figures."""
    return settings()["lab"]
