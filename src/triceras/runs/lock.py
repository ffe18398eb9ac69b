"""One process at a time works on a run folder."""

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from triceras.errors import UserError
from triceras.runs.record import now

try:
    import fcntl
except ImportError:  # Windows, where nobody is kept out
    fcntl = None

FILE = "run.lock"


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds a run folder.

    The lock is the operating system's, which releases it however the process ends; what is in the
    file only tells others who holds it.

    Raises:
        UserError: another process holds it; the message says which.
    """
    path = folder / FILE
    try:
        file = open(path, "a+")  # noqa: SIM115 - closed below
    except OSError as error:
        raise UserError(f"cannot write in the run folder {folder}: {error.strerror}") from error
    with file:
        if not take(file):
            raise UserError(f"the run {folder} is under way: {holder(folder)}; wait, or stop it")
        file.truncate(0)
        holds = {"pid": os.getpid(), "host": socket.gethostname(), "since": now()}
        file.write(json.dumps(holds) + "\n")
        file.flush()
        yield


def take(file) -> bool:
    """Tries to lock an open file."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_held(folder: Path) -> bool:
    """Whether a process works on a run folder."""
    try:
        with open(folder / FILE) as file:
            return not take(file)
    except OSError:
        return False


def holder(folder: Path) -> str:
    """Who holds a run folder, in words."""
    try:
        holds = json.loads((folder / FILE).read_text())
        return f"process {holds['pid']} on {holds['host']} holds it since {holds['since']}"
    except (OSError, ValueError, KeyError):
        return "another process holds it"
