"""Signals that ask a sweep to stop: its command hears them and tells its jobs wherever they run."""

import _thread
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from triceras.runs.lock import is_locked
from triceras.runs.stop import Interrupted, handling
from triceras.sweeps import job_record
from triceras.sweeps.session import Command, signal_name

TOLD = "{}: the jobs that run save themselves, no other one starts; a second Ctrl-C kills them\n"
# Seconds between two looks whether a job still runs.
PAUSE = 0.2


class Listener:
    """Hands on what a command is asked.

    Args:
        command: the session.
        folders: of the jobs.
        foreign: whether the launcher starts processes of its own.
        goes_through_all: whether it would look at all other jobs before it ends.
    """

    def __init__(
        self,
        command: Command,
        folders: Sequence[Path],
        foreign: bool = False,
        goes_through_all: bool = False,
    ):
        self.command, self.folders, self.foreign = command, folders, foreign
        self.goes_through_all = goes_through_all
        self.thread: threading.Thread | None = None
        self.killed = False
        self.breaks = False
        self.over = False

    def handle(self, number: int, frame: Any = None) -> None:
        """Is called by Python when a signal comes."""
        name = signal_name(number)
        if self.breaks:
            self.breaks = False
            if not self.over:
                raise Interrupted(self.command.stopped or name)
            return
        if self.command.stopped is None:
            self.command.stop(name)
            # `print` is not for signal handlers: it may be in the middle of another one.
            os.write(2, TOLD.format(name).encode())
            if self.goes_through_all:
                self.thread = threading.Thread(target=self.break_off, daemon=True)
                self.thread.start()
        elif name == "SIGINT" and not self.killed:
            self.killed = True
            self.command.kill()
        elif name == "SIGINT":
            raise KeyboardInterrupt

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        # From here on nothing breaks off, and nobody else is there yet to hear it.
        self.over = True
        if self.thread is not None:
            self.thread.join()

    def break_off(self) -> None:
        """Ends a launcher that would go through all other jobs, once none runs any more.

        It may kill whatever its workers have started, so nothing may be left to be saved.
        """
        self.wait_for_jobs()
        if not self.over:
            self.breaks = True
            _thread.interrupt_main()

    def wait_for_jobs(self) -> None:
        """Waits until no job runs."""
        while not self.over and any(is_locked(f / job_record.LOCK) for f in self.folders):
            time.sleep(PAUSE)


@contextmanager
def listening(listener: Listener, names: Sequence[str]) -> Iterator[None]:
    """Hears signals for as long as jobs run.

    Ctrl-C of a terminal would reach the processes of a foreign launcher as well, which die of it;
    joblib then kills all others. So it is kept from them.

    Args:
        listener: what is told of them.
        names: of signals.
    """
    with handling(names, listener.handle), listener:
        if not (listener.foreign and "SIGINT" in names and hasattr(signal, "pthread_sigmask")):
            yield
            return
        # Whatever is started from now on inherits this.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        over = threading.Event()
        thread = threading.Thread(target=wait, args=[listener.handle, over], daemon=True)
        thread.start()
        try:
            yield
        finally:
            listener.over = True
            over.set()
            signal.pthread_kill(thread.ident or 0, signal.SIGINT)
            thread.join()
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def wait(handle: Callable[[int], None], over: threading.Event) -> None:
    """Waits for Ctrl-C until there is nothing more to wait for."""
    while True:
        signal.sigwait({signal.SIGINT})
        if over.is_set():
            return
        try:
            handle(signal.SIGINT)
        except KeyboardInterrupt:
            _thread.interrupt_main()
