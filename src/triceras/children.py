"""Processes that end with the command that has started them, also where it is sent a signal."""

import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

# Those that are running.
processes: set[subprocess.Popen[str]] = set()


@contextlib.contextmanager
def child(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Runs a process whose output, its errors among it, is read line by line.

    Args:
        command: of the process.
        options: others of `subprocess.Popen`.

    Yields:
        The process. It has ended when this is left, and is told to where an exception leaves it.
    """
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        **options,
    ) as process:
        processes.add(process)
        try:
            yield process
        except BaseException:
            process.terminate()
            raise
        finally:
            processes.discard(process)


@contextlib.contextmanager
def ending_with_us() -> Iterator[None]:
    """Ends the children of all threads where the command is told to end.

    A terminal tells them itself of a Ctrl-C, but who sends a signal to one process does not.
    """
    before = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        yield
    except BaseException:
        for process in list(processes):
            process.terminate()
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
