"""One process at a time works on a run folder."""

import contextlib
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from triceras.errors import UserError
from triceras.runs.record import now

try:
    import fcntl
except ImportError:  # Windows, where nobody is kept out
    fcntl = None

FILE = "run.lock"
# Who only asks whether a lock is held takes it for a moment.
TRIALS, PAUSE = 5, 0.02


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
        if not take_soon(file):
            raise UserError(f"the run {folder} is under way: {holder(folder)}; wait, or stop it")
        file.truncate(0)
        holds = {"pid": os.getpid(), "host": socket.gethostname(), "since": now()}
        file.write(json.dumps(holds) + "\n")
        file.flush()
        yield


def take(file) -> bool:
    """Tries to lock an open file.

    Raises:
        UserError: its file system has no locks.
    """
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise UserError(
            f"{file.name} cannot be locked ({error.strerror}), so nothing would keep two processes "
            "from writing there at once: mount the file system with locks, or use an output_dir on "
            "another"
        ) from error
    return True


def take_soon(file) -> bool:
    """Tries to lock an open file, which another process may hold for a moment."""
    for trial in range(TRIALS):
        if take(file):
            return True
        time.sleep(PAUSE if trial + 1 < TRIALS else 0)
    return False


@contextlib.contextmanager
def waiting_for(path: Path) -> Iterator[None]:
    """Holds a lock, a file that is made where there is none, once no other process does."""
    with open(path, "a") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def try_lock(path: Path) -> IO[str] | None:
    """Locks a file, which is made where there is none, until it is closed.

    Returns:
        It, open; or `None` where another process holds it.
    """
    file = open(path, "a")  # noqa: SIM115 - whoever asked closes it
    if take_soon(file):
        return file
    file.close()
    return None


def is_held(folder: Path) -> bool:
    """Whether a process works on a run folder."""
    return is_locked(folder / FILE)


def is_locked(path: Path) -> bool:
    """Whether a process holds a file locked, as far as is known: where it is not, one may."""
    # For writing, as NFS locks no file that is open for reading alone; others may only read it.
    for mode in ("r+", "r"):
        try:
            with open(path, mode) as file:
                return not take(file)
        except FileNotFoundError:
            return False
        except (OSError, UserError):
            continue
    return True


def holder(folder: Path) -> str:
    """Who holds a run folder, in words."""
    try:
        holds = json.loads((folder / FILE).read_text())
        return f"process {holds['pid']} on {holds['host']} holds it since {holds['since']}"
    except (OSError, ValueError, KeyError):
        return "another process holds it"
