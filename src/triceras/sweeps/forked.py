"""Processes that are forked from one that has imported their backend, and need not import it.

See `triceras.sweeps.fork_server`. One serves all jobs of a command that have the same backend and
the same environment.
"""

import atexit
import contextlib
import glob
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from triceras.config import ROOT
from triceras.sweeps.fork_server import BYTES, Request

# What Linux shows of processors by NVIDIA (in Windows, too), AMD and Google.
ACCELERATORS = ("/dev/nvidia[0-9]*", "/dev/dxg", "/dev/kfd", "/dev/accel*")
# How many are kept, for those that take turns: one for each backend.
MOST = 3
# Seconds between two looks at a process that is waited for.
PAUSE = 0.005

servers: dict[Any, "ForkServer"] = {}


def can_fork() -> bool:
    """Whether processes are forked here.

    Elsewhere a library may not survive it, and who has looked at a GPU cannot use it in a fork.
    """
    able = sys.platform == "linux" and hasattr(os, "pidfd_open")
    return able and not any(map(glob.glob, ACCELERATORS))


def server(
    backend: str, variables: Mapping[str, str], environment: Mapping[str, str]
) -> "ForkServer | None":
    """That of a backend in an environment, which is started where it is not there.

    Args:
        backend: its name.
        variables: those of the backend, see `triceras.backend.use`.
        environment: all variables of its process.

    Returns:
        It, or `None` where one could not import the backend, or the current folder is no more.
    """
    try:
        here = os.getcwd()
    except OSError:
        return None  # it was deleted
    # TensorFlow's programs are kept by the number of cores, too.
    cores = len(os.sched_getaffinity(0))
    key = (backend, *sorted(variables.items()), *sorted(environment.items()), cores, here)
    found = servers.pop(key, None)
    if found is not None and found.process.poll() is not None and found.has_imported:
        found = None
    # The last is the one that was asked for last.
    servers[key] = found or ForkServer(backend, variables, environment)
    end_idle_servers()
    return servers[key] if servers[key].process.poll() is None else None


def end_idle_servers() -> None:
    """Ends those that nobody has asked for in a while, but for a few."""
    *before, _ = servers
    idle = [key for key in before if not servers[key].running]
    for key in idle[: max(0, len(servers) - MOST)]:
        servers.pop(key).end()


@atexit.register
def end_servers() -> None:
    """Ends all of them."""
    while servers:
        servers.popitem()[1].end()


class ForkServer:
    """The process that forks, and imports first.

    Args:
        backend: name of the backend.
        variables: those of the backend.
        environment: all variables of the process.
    """

    def __init__(self, backend: str, variables: Mapping[str, str], environment: Mapping[str, str]):
        self.line, end = socket.socketpair()
        with end:
            self.process = subprocess.Popen(
                # Of the current folder a script imports nothing.
                [sys.executable, "-P", "-m", "triceras.sweeps.fork_server"],
                stdin=end.fileno(),
                # Where it cannot import something, the job that is started instead says why.
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=dict(environment),
                process_group=0,
            )
        self.has_imported = False
        # How many of its processes have not ended.
        self.running = 0
        self.send((str(ROOT / "scripts"), backend, dict(variables)))

    def send(self, content: Any, files: Sequence[int] = ()) -> None:
        """Sends what the process receives, unless it has died."""
        content = pickle.dumps(content)
        with contextlib.suppress(OSError):
            socket.send_fds(self.line, [len(content).to_bytes(BYTES, "big")], files)
            self.line.sendall(content)

    def end(self) -> None:
        """Has it end; its children go on."""
        self.line.close()
        self.process.wait()


class Forked:
    """A process that a server forks, with as much of `subprocess.Popen` as is in use.

    While the server still imports there is none yet, and `pid` is `None`. Where it dies of that,
    the process is started as any other.

    Args:
        server: which forks it.
        words: a script, and what is typed after its name.
        files: those of its standard input and of its output.
        more: variables that it has beside those of the server.
        kept_open: descriptors that it is to hold as well.
        otherwise: starts it without a server, with these files.
    """

    def __init__(
        self,
        server: ForkServer,
        words: Sequence[str],
        files: tuple[int, int],
        more: Mapping[str, str],
        kept_open: Sequence[int],
        otherwise: Callable[[int, int], subprocess.Popen],
    ):
        self.server, self.otherwise = server, otherwise
        self.pid: int | None = None
        self.returncode: int | None = None
        self.instead: subprocess.Popen | None = None
        self.told: int | None = None
        self.handle: int | None = None
        # Whether nobody knows how it ended, as the server died before it.
        self.lost = False
        self.files = tuple(map(os.dup, files))
        self.status, status = os.pipe()
        standard, output = self.files
        request = Request(list(words), sorted(os.sched_getaffinity(0)), dict(more))
        server.running += 1
        server.send(request, (status, standard, output, output, *kept_open))
        os.close(status)

    def poll(self) -> int | None:
        """The exit code of a process that has ended, as `subprocess.Popen` gives it."""
        if self.instead is not None:
            return self.instead.poll()
        while self.returncode is None and select.select([self.status], [], [], 0)[0]:
            if not self.hear():
                break
        return self.returncode

    def hear(self) -> bool:
        """Takes what the server says next; returns whether there may be more."""
        told = os.read(self.status, BYTES)
        number = int.from_bytes(told, "big", signed=True)
        if told and self.pid is None:
            self.pid = number
            self.server.has_imported = True
            self.forget_files()
            with contextlib.suppress(ProcessLookupError):  # it has ended, and that is told next
                self.handle = os.pidfd_open(number)
        elif told:
            self.end(number)
        elif self.pid is not None:
            # The server has died. A handle can be read from once its process has ended.
            if self.handle is not None and not select.select([self.handle], [], [], 0)[0]:
                return False
            self.lost = True
            self.end(-signal.SIGKILL)
        elif self.told is not None:
            self.end(-self.told)
        else:
            self.instead = self.otherwise(*self.files)
            self.pid = self.instead.pid
            self.forget_files()
            self.server.running -= 1
            return False
        return True

    def end(self, code: int) -> None:
        """Takes note of how it ended."""
        self.returncode = code
        self.server.running -= 1
        os.close(self.status)
        if self.handle is not None:
            os.close(self.handle)
        self.forget_files()

    def forget_files(self) -> None:
        """Closes what another process would be given."""
        for file in self.files:
            os.close(file)
        self.files = ()

    def wait(self, timeout: float | None = None) -> int:
        """Waits until it has ended.

        Raises:
            subprocess.TimeoutExpired: it has not in so many seconds.
        """
        began = time.monotonic()
        while (code := self.poll()) is None:
            if timeout is not None and time.monotonic() - began > timeout:
                raise subprocess.TimeoutExpired(self.server.process.args, timeout)
            time.sleep(PAUSE)
        return code

    def send_signal(self, number: int) -> None:
        """Sends it a signal; where it is not there yet, it never will be."""
        while self.poll() is None and self.pid is None and self.server.has_imported:
            time.sleep(PAUSE)
        if self.poll() is not None:
            return
        if self.instead is not None:
            self.instead.send_signal(number)
        elif self.pid is None:
            self.told = number
            self.server.process.kill()
        elif self.handle is not None:
            # By its number it might be sent to another process meanwhile.
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.handle, number)

    def kill(self) -> None:
        """Kills it."""
        self.send_signal(signal.SIGKILL)
