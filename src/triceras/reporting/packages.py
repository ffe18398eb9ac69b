"""What a report needs beside what a run does."""

import importlib.util

from triceras.errors import UserError

# Of the extra `report`.
PACKAGES = ("polars", "plotly", "scipy")


def check_packages() -> None:
    """Checks that what a report needs is installed.

    Raises:
        UserError: it is not.
    """
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(
            f"a report needs {', '.join(missing)}: `make setup` installs it, or pip install -c "
            "requirements.lock -e '.[report]'"
        )
