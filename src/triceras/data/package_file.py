"""Files that come with an installed package, read without importing it."""

import importlib.util
from pathlib import Path

from triceras.errors import UserError


def package_file(package: str, path: str) -> Path:
    """The place of a file that comes with a package.

    To import scikit-learn takes more than a second and 130 MiB, and to read its digits next to
    nothing.

    Args:
        package: its name, as in an `import`.
        path: of the file, within the package's folder.

    Returns:
        The file's path.

    Raises:
        UserError: the package is not installed, or has no such file.
    """
    found = importlib.util.find_spec(package)
    for folder in (found and found.submodule_search_locations) or ():
        file = Path(folder) / path
        if file.is_file():
            return file
    there = "has no such file" if found else "is not installed"
    raise UserError(
        f"{path} comes with {package}, which {there}: pip install -c requirements.lock -e ."
    )
