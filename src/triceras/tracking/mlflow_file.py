"""MLflow's file of SQLite, made whole by one of all runs that begin at once."""

from pathlib import Path
from typing import Any

from triceras.runs.folder import replacing
from triceras.runs.lock import waiting_for

SQLITE = "sqlite:"
FIRST_BYTES = b"SQLite format 3\0"


def file_of(uri: str) -> Path | None:
    """The file in which runs are kept, or `None` where they are kept elsewhere."""
    if not uri.startswith(SQLITE):
        return None
    from sqlalchemy.engine import make_url

    name = make_url(uri).database
    return Path(name).resolve() if name and name != ":memory:" else None


def make(library: Any, uri: str) -> None:
    """Makes the file of an address, where it has one that is not there.

    MLflow makes its tables one after the other in the file itself, where a second process finds
    some of them, and fails, and where one that was killed leaves some.

    Args:
        library: the package `mlflow`.
        uri: where runs are to be kept.

    Raises:
        OSError: there is something else in its place, which MLflow would try for minutes to read.
    """
    file = file_of(uri)
    if file is None:
        return
    if file.exists():
        check(file)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with waiting_for(file.with_name(f".{file.name}.lock")):
        if not file.exists():
            with replacing(file) as temporary:
                library.MlflowClient(f"{SQLITE}///{temporary}")


def check(file: Path) -> None:
    """Checks that a file is of SQLite, and can be written."""
    with open(file, "r+b") as content:
        if content.read(len(FIRST_BYTES)) != FIRST_BYTES:
            raise OSError(f"{file} is no file of SQLite")
