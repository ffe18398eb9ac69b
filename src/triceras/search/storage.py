"""Where the trials of a search are kept, which several processes share."""

import contextlib
import json
import logging
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import optuna
import sqlalchemy
from optuna.exceptions import ExperimentalWarning
from optuna.storages import RDBStorage
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from triceras.errors import UserError, one_line
from triceras.runs.lock import try_lock
from triceras.search.jobs import FILE

# In the folder of a sweep, where nothing else is said.
STUDY = "study.db"
SQLITE = "sqlite"
# Seconds that a process waits for others who write.
PATIENCE = 60
PAUSE = 0.05


def url_of(storage: str | None, folder: Path) -> str:
    """Where a study is, as SQLAlchemy reads it.

    Args:
        storage: the path of an SQLite file, a URL, or `None` for a file in the folder.
        folder: of the sweep.

    Raises:
        UserError: it is a folder, a URL that cannot be read, or one with a password in it.
    """
    if storage and "://" in storage:
        try:
            url = sqlalchemy.make_url(storage)
        except ArgumentError as error:
            raise UserError(f"hydra.sweeper.storage={storage} is no URL of a database") from error
        if url.password:
            raise UserError(
                "hydra.sweeper.storage has a password, which would be written into the sweep's "
                "folder: leave it out, and let the database's own file or variable say it, as "
                "~/.pgpass or PGPASSWORD"
            )
        return storage
    path = Path(storage).absolute() if storage else folder / STUDY
    if path.is_dir():
        raise UserError(f"hydra.sweeper.storage={storage} is a folder: name a file in it")
    path.parent.mkdir(parents=True, exist_ok=True)
    return f"{SQLITE}:///{path}"


def file_of(url: str) -> Path | None:
    """The file of an SQLite study, or `None` where it is on a server."""
    return Path(url.partition(":///")[2]) if url.startswith(SQLITE) else None


@contextlib.contextmanager
def alone(url: str) -> Iterator[None]:
    """Lets one process of this file system at a time work on a study in a file."""
    path = file_of(url)
    if path is None:
        yield
        return
    while (lock := try_lock(path.with_name(f"{path.name}.lock"))) is None:
        time.sleep(PAUSE)
    with lock:
        yield


def open_storage(url: str, skip_table_creation: bool = False) -> RDBStorage:
    """Opens a study's storage.

    Args:
        url: of it.
        skip_table_creation: whether it is there.

    Raises:
        UserError: it cannot be opened.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    warnings.simplefilter("ignore", ExperimentalWarning)
    waits: dict[str, Any] = {"connect_args": {"timeout": PATIENCE}} if file_of(url) else {}
    # Optuna fills in its own version where braces are.
    template = url.replace("{", "{{").replace("}", "}}")
    try:
        return RDBStorage(template, waits, skip_table_creation=skip_table_creation)
    except (SQLAlchemyError, ImportError, RuntimeError, OSError) as error:
        raise UserError(f"the study {url} cannot be opened: {one_line(error)}") from error


def read_search(folder: Path) -> dict[str, Any]:
    """What `search.json` holds.

    Raises:
        UserError: it is damaged.
    """
    try:
        return json.loads((folder / FILE).read_text())
    except (OSError, ValueError) as error:
        raise UserError(f"{folder / FILE} cannot be read: {one_line(error)}") from error
