"""A process that has imported a backend, and becomes one job after the other by forking.

It is started as `python -P -m triceras.sweeps.fork_server` with a socket as its standard input, on
which `triceras.sweeps.forked` says what to import, and then what to run. What it has imported the
jobs need not: a second or two of each. It computes nothing itself, and a framework starts its
threads when it first does.
"""

import contextlib
import dataclasses
import os
import pickle
import runpy
import select
import signal
import socket
import sys
from typing import Any

# Of the length that comes first.
BYTES = 8
# A status and its three standard files come with what is to be run, and perhaps a lock.
MOST_FILES = 8
# By which a process is asked to end; some systems lack some of them.
POLITE = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")


@dataclasses.dataclass(frozen=True)
class Request:
    """What a process is to run.

    Args:
        words: a script, and what is typed after its name.
        cores: numbers of the processor's cores that it may use.
        environment: variables that it has beside those of the server.
    """

    words: list[str]
    cores: list[int]
    environment: dict[str, str]


def main() -> None:
    """Serves whoever holds the other end of the standard input, and in a child runs a script."""
    # That is not for this process, which ends with the one that started it.
    numbers = [getattr(signal, name) for name in POLITE]
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    line = socket.socket(fileno=os.dup(0))
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    first, _ = receive(line)
    if first is not None:
        scripts, backend, variables = first
        # Where a script looks for modules first.
        sys.path.insert(0, scripts)
        try:
            if backend:
                prepare(backend, variables)
        except BaseException:
            os._exit(1)  # the job that is started instead says why
    request = serve(line, numbers)
    for number, handler in before.items():
        signal.signal(number, handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)
    become(request)


def prepare(name: str, variables: dict[str, str]) -> None:
    """Imports what every run on a backend does.

    Args:
        name: of the backend.
        variables: its own, see `triceras.backend.use`.
    """
    import triceras.commands.command  # noqa: F401
    from triceras import backend, c_library
    from triceras.commands.train import import_experiment

    backend.use(name, variables)
    import_experiment()
    from triceras import engines

    engines.module()
    for compiling in c_library.begun.values():
        compiling.join()  # a thread would be cut off in whatever is forked meanwhile


def serve(line: socket.socket, blocked: list[int]) -> Request:
    """Forks for each request; returns in the children, with what each is to run.

    Args:
        line: by which requests come.
        blocked: signals that a child is told of once it lets them come.
    """
    statuses: dict[int, int] = {}
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes)
    while True:
        ready, _, _ = select.select([line, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            tell_of_the_ended(statuses)
        if line not in ready:
            continue
        request, files = receive(line)
        if request is None:
            os._exit(0)
        status, *standard = files
        signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
        child = os.fork()
        if not child:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setpgid(0, 0)
            for number in (*statuses.values(), status, woken, wakes):
                os.close(number)
            line.close()
            for number, file in enumerate(standard[:3]):
                os.dup2(file, number)
                os.close(file)
            return request
        signal.pthread_sigmask(signal.SIG_UNBLOCK, blocked)
        # Whoever is told of it may send a signal to its group.
        with contextlib.suppress(OSError):
            os.setpgid(child, child)
        for file in standard:
            os.close(file)
        statuses[child] = status
        tell(status, child)


def tell_of_the_ended(statuses: dict[int, int]) -> None:
    """Says of the children that have ended how.

    Args:
        statuses: where to say it, by process; those that have ended are left out then.
    """
    with contextlib.suppress(ChildProcessError):
        while True:
            child, status = os.waitpid(-1, os.WNOHANG)
            if not child:
                return
            if child in statuses:
                file = statuses.pop(child)
                tell(file, os.waitstatus_to_exitcode(status))
                os.close(file)


def tell(file: int, number: int) -> None:
    """Writes a number to whoever may have ended."""
    with contextlib.suppress(OSError):
        os.write(file, number.to_bytes(BYTES, "big", signed=True))


def receive(line: socket.socket) -> tuple[Any, list[int]]:
    """What `ForkServer.send` of `triceras.sweeps.forked` sent; `None` where nobody is left to."""
    # A job's own processes are not to inherit them.
    head, files, _, _ = socket.recv_fds(line, BYTES, MOST_FILES, socket.MSG_CMSG_CLOEXEC)
    with contextlib.suppress(OSError):
        content = exactly(line, int.from_bytes(head, "big")) if len(head) == BYTES else b""
        return (pickle.loads(content) if content else None), files
    return None, files


def exactly(line: socket.socket, size: int) -> bytes:
    """So many bytes; none where fewer come."""
    content = b""
    while len(content) < size:
        part = line.recv(size - len(content))
        if not part:
            return b""
        content += part
    return content


def become(request: Request) -> None:
    """Runs a script as `python <script>` does, in a process that is forked for it."""
    os.sched_setaffinity(0, request.cores)
    os.environ.update(request.environment)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()  # as in another process, where nobody sets it
    sys.argv = list(request.words)
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
