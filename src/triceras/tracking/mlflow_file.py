"""MLflow's file of SQLite, made whole by one of all runs that begin at once."""

from pathlib import Path
from typing import Any

from triceras.runs.folder import replacing
from triceras.runs.lock import waiting_for

SQLITE = "sqlite:"


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
    """
    file = file_of(uri)
    if file is None or file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with waiting_for(file.with_name(f".{file.name}.lock")):
        if not file.exists():
            with replacing(file) as temporary:
                library.MlflowClient(f"{SQLITE}///{temporary}")
