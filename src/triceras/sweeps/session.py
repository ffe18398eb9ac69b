"""One command at work on a sweep, and what it is asked to do meanwhile.

Jobs may be looked after by other processes, on other machines, so what they are told are files in
the folder of the sweep: `sessions/<id>` is locked for as long as the command lives,
`<id>.stop` holds the signal upon which the jobs are to save themselves, `<id>.kill` says that they
are not to take the time, and `<id>.failed` that a job has failed.
"""

import json
import os
import secrets
import signal
import socket
from pathlib import Path
from typing import IO, Any

from triceras.runs.lock import is_locked, try_lock
from triceras.runs.record import now

VARIABLE = "TRICERAS_SWEEP_SESSION"
FOLDER = "sessions"


class Session:
    """What a process that looks after jobs knows of the command that started it.

    Args:
        path: the file of the command.
    """

    def __init__(self, path: Path):
        self.path = path
        try:
            self.about: dict[str, Any] = json.loads(path.read_text())
        except (OSError, ValueError):
            self.about = {}

    @property
    def began(self) -> str:
        """When the command began."""
        return self.about.get("since", "")

    def is_here(self) -> bool:
        """Whether this process is the command."""
        place = (self.about.get("pid"), self.about.get("host"))
        return place == (os.getpid(), socket.gethostname())

    def file(self, name: str) -> Path:
        """One of the files beside it."""
        return self.path.with_suffix(f".{name}")

    def told_to_stop(self) -> str | None:
        """The signal that the jobs are to be sent, or `None`."""
        try:
            return self.file("stop").read_text() or "SIGTERM"
        except OSError:
            pass
        # Jobs of a cluster go on where whoever started them has died; those of here have nobody
        # left who would end them.
        return "SIGTERM" if self.is_over() else None

    def is_over(self) -> bool:
        """Whether the command has died that its jobs are to end with."""
        return bool(self.about.get("attached")) and not is_locked(self.path)

    def told_to_kill(self) -> bool:
        """Whether the jobs are not to take the time to save themselves."""
        return self.file("kill").exists()

    def forget(self) -> None:
        """Removes its files."""
        for path in (*map(self.file, ("stop", "kill", "failed")), self.path):
            path.unlink(missing_ok=True)

    def note_failure(self) -> None:
        """Says that a job has failed."""
        if self.about.get("fail_fast"):
            self.file("failed").touch()

    def skips(self) -> bool:
        """Whether no further job is to start, as one has failed."""
        return self.file("failed").exists()


class Command(Session):
    """The command itself, which tells the others.

    Args:
        sweep: the folder of the sweep.
        launcher: name of what starts the jobs.
        attached: whether the jobs are to end when the command does, however it ends.
        fail_fast: whether a job that fails is the last to start.
    """

    def __init__(self, sweep: Path, launcher: str, attached: bool, fail_fast: bool):
        path = sweep / FOLDER / secrets.token_hex(4)
        path.parent.mkdir(parents=True, exist_ok=True)
        forget_dead(path.parent)
        self.lock: IO[str] | None = try_lock(path)
        about = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": now(),
            "launcher": launcher,
            "attached": attached,
            "fail_fast": fail_fast,
        }
        path.write_text(json.dumps(about) + "\n")
        super().__init__(path)
        self.stopped: str | None = None
        os.environ[VARIABLE] = str(path.resolve())

    def stop(self, name: str) -> None:
        """Has every job save itself and end, and no other one start."""
        self.stopped = self.stopped or name
        self.file("stop").write_text(self.stopped)

    def kill(self) -> None:
        """Has every job end at once."""
        self.file("kill").touch()

    def close(self) -> None:
        """Ends the session."""
        os.environ.pop(VARIABLE, None)
        self.forget()
        if self.lock is not None:
            self.lock.close()


def forget_dead(folder: Path) -> None:
    """Removes the files of commands that were killed."""
    for path in folder.iterdir():
        # One that begins has not written into it yet.
        if path.suffix == "" and Session(path).about and not is_locked(path):
            Session(path).forget()


def current() -> Session:
    """The session that this process works for; without one nobody tells it anything."""
    return Session(Path(os.environ.get(VARIABLE) or "/nonexistent/session"))


def is_elsewhere() -> bool:
    """Whether this process works for the command of another one."""
    session = current()
    return bool(session.about) and not session.is_here()


def signal_name(number: int) -> str:
    """The name of a signal, for example `SIGTERM`."""
    return signal.Signals(number).name
