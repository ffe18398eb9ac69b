"""What a search needs beside what a run does."""

import importlib.util

from triceras.errors import UserError


def check_packages() -> None:
    """Checks that what a search needs is installed.

    Raises:
        UserError: it is not.
    """
    if importlib.util.find_spec("optuna") is None:
        raise UserError(
            "a search needs optuna: `make setup` installs it, or pip install -c requirements.lock "
            "-e '.[search]'"
        )
