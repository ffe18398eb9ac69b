"""Packages that only some of what there is needs, in the versions that are locked."""

import importlib.util
from collections.abc import Sequence

from triceras.errors import UserError


def how_to_install(extra: str) -> str:
    """The command that installs an extra of the project."""
    return f"pip install -c requirements.lock -e '.[{extra}]'"


def check_installed(what: str, packages: Sequence[str], extra: str) -> None:
    """Checks that packages are there.

    Args:
        what: needs them.
        packages: their names.
        extra: of the project, which has them.

    Raises:
        UserError: one of them is missing.
    """
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(
            f"{what} needs {', '.join(missing)}: `make setup` installs it, or "
            f"{how_to_install(extra)}"
        )
