"""The process of a job: its output, the signals that it is told, and how it ended."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from triceras.runs.stop import INTERRUPTED_AND_SAVED, PRUNED_AND_SAVED
from triceras.sweeps import job_record
from triceras.sweeps.fork_server import POLITE
from triceras.sweeps.forked import Forked, ForkServer
from triceras.sweeps.handing import VARIABLE

# What `run` in `triceras.commands.command` says after a second Ctrl-C.
INTERRUPTED_AT_ONCE = 130
# Seconds that a job has after a second Ctrl-C, and one that has ended for what it was handed.
PATIENCE = 2


class JobProcess:
    """A process in a group of its own, which a terminal's Ctrl-C does not reach.

    Args:
        command: the command.
        log: the file to which its output is added.
        handed: what it is given by its standard input, which stays open; see
            `triceras.sweeps.handing`.
        environment: variables beside those of this process.
        kept_open: descriptors that it is to hold as well.
        fork: given the environment, the server that forks it, or `None` where it is started as any
            other process.
    """

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        handed: bytes | None = None,
        environment: Mapping[str, str] | None = None,
        kept_open: Sequence[int] = (),
        fork: Callable[[Mapping[str, str]], ForkServer | None] = lambda _: None,
    ):
        # That errors are raised is set for this process alone; see `triceras.commands.command`.
        inherited = {k: v for k, v in os.environ.items() if k != "HYDRA_FULL_ERROR"}
        inherited |= {"PYTHONUNBUFFERED": "1"} | dict(environment or {})
        own = {} if handed is None else {VARIABLE: "1"}
        apart = {"process_group": 0, "pass_fds": kept_open} if os.name == "posix" else {}

        def start(standard: int, output: int) -> subprocess.Popen:
            return subprocess.Popen(
                command,
                stdin=standard,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=inherited | own,
                **apart,  # pyright: ignore[reportCallIssue, reportArgumentType]
            )

        standard, line = os.pipe()
        self.stdin = open(line, "wb")  # noqa: SIM115 - closed in `close`
        # A file, and no pipe: a job whose command has died would die of writing into it.
        with open(log, "ab") as file, open(standard, "rb"):
            self.log = open(log, "rb")  # noqa: SIM115 - closed in `close`
            self.log.seek(0, os.SEEK_END)
            files = standard, file.fileno()
            server = fork(inherited)
            self.process = (
                start(*files)
                if server is None
                else Forked(server, command[1:], files, own, kept_open, start)
            )
        # A pipe does not hold all of it, and its reader may import first.
        self.handing = threading.Thread(target=self.hand, args=[handed or b""], daemon=True)
        self.handing.start()
        self.started = time.perf_counter()
        self.told: str | None = None
        # The signals that it listens to, where that is known.
        self.hears: Sequence[str] = ()
        self.killed_at: float | None = None
        self.rest = b""
        self.said: dict[str, str] = {}

    def hand(self, content: bytes) -> None:
        """Writes to the standard input, unless the process ends before it has read all."""
        with contextlib.suppress(BrokenPipeError):
            self.stdin.write(content)
            self.stdin.flush()

    def read(self, *starts: str) -> None:
        """Looks at what the process has printed since.

        Args:
            *starts: of lines of which the last one is noted in `said`.
        """
        *lines, self.rest = (self.rest + self.log.read()).split(b"\n")
        for line in lines:
            text = line.decode(errors="replace").rstrip()
            for start in starts:
                if text.startswith(start):
                    self.said[start] = text.removeprefix(start)

    def tell(self, name: str) -> None:
        """Sends a signal that asks the process to save itself, once."""
        if self.told is None:
            self.told = name
            heard = name
            if self.hears and name not in self.hears:
                # It would die of that one unsaved. A launcher may have its processes not hear
                # SIGINT.
                heard = "SIGTERM" if "SIGTERM" in self.hears else self.hears[0]
            self.send(getattr(signal, heard, signal.SIGTERM))

    def kill(self) -> None:
        """Has the process end at once, by itself if it can."""
        if self.killed_at is None:
            self.told = self.told or "SIGINT"
            self.killed_at = time.perf_counter()
            self.send(signal.SIGINT)
        elif time.perf_counter() - self.killed_at > PATIENCE:
            self.kill_group()

    def send(self, number: int) -> None:
        """Sends a signal to a process that may have ended."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)

    def kill_group(self) -> None:
        """Kills the process with those that it has started."""
        if self.process.pid is None:
            self.process.kill()
        elif os.name == "posix":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.kill()

    @property
    def lost(self) -> bool:
        """Whether it has ended, and nobody knows how."""
        return isinstance(self.process, Forked) and self.process.lost

    def close(self) -> int:
        """Clears up after a process that has ended; returns its exit code."""
        code = self.process.wait()
        # What it has started may still have its standard input.
        self.handing.join(PATIENCE)
        if not self.handing.is_alive():
            with contextlib.suppress(BrokenPipeError):
                self.stdin.close()
        self.log.close()
        if code < 0:
            # It had no time to end what it had started.
            self.kill_group()
        return code


def ending(code: int, told: str | None) -> tuple[str, str | None]:
    """How a job ended, in a word, and what there is to say of it.

    Args:
        code: the exit code of its process, or minus the number of the signal that ended it.
        told: the signal that it was sent, or `None`.
    """
    if code == 0:
        return job_record.FINISHED, None
    if code == PRUNED_AND_SAVED:
        return job_record.PRUNED, None
    name = signal.Signals(-code).name if code < 0 else None
    if code in (INTERRUPTED_AND_SAVED, INTERRUPTED_AT_ONCE) or name in POLITE or (told and name):
        return job_record.INTERRUPTED, None
    if name == "SIGKILL":
        return job_record.KILLED, job_record.DIED
    return job_record.FAILED, f"its process died of {name}" if name else None
