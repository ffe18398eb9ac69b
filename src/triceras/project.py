"""What a project says of itself in `pyproject.toml`, `[tool.triceras]`."""

import tomllib
from pathlib import Path
from typing import Any

from triceras.config import ROOT
from triceras.errors import UserError, one_line

FILE = ROOT / "pyproject.toml"


def settings(file: Path | None = None) -> dict[str, Any]:
    """The table; see the comments in the file.

    Args:
        file: `pyproject.toml` of another project; `None` for the one that this package is in.

    Raises:
        UserError: the file cannot be read, or has no such table.
    """
    file = file or FILE
    try:
        return tomllib.loads(file.read_text())["tool"]["triceras"]
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{file} has no readable [tool.triceras]: {one_line(error)}") from error


def is_template() -> bool:
    """Whether this is the template itself, and not a project that was made from it."""
    return "commit" not in settings()


def lab(file: Path | None = None) -> str:
    """The name of the package that holds the project's own layers, models, data and figures.

    Raises:
        UserError: nothing says it.
    """
    name = settings(file).get("lab")
    if not isinstance(name, str):
        raise UserError(f'{file or FILE} does not name the lab: add lab = "…" to [tool.triceras]')
    return name
