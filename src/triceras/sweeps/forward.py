"""Hands the signals that a sweep gets on to the job that is running."""

import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from triceras.runs.stop import handling


@contextmanager
def forwarding(process: subprocess.Popen, names: Sequence[str]) -> Iterator[list[str]]:
    """While a job runs, what asks the sweep to stop asks the job.

    SIGINT is not handed on, as a terminal sends it to both; the second one raises
    `KeyboardInterrupt`, as it stops the job at once.

    Args:
        process: the job.
        names: of signals; those that the system lacks are left out.

    Yields:
        The names of the signals that came.
    """
    came: list[str] = []

    def handle(number: int, frame: Any = None) -> None:
        if number != signal.SIGINT:
            process.send_signal(number)
        elif "SIGINT" in came:
            raise KeyboardInterrupt
        came.append(signal.Signals(number).name)

    with handling(names, handle):
        yield came
