"""Signals that ask a run to stop: it finishes its step, saves, and ends with a code of its own."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from triceras.errors import UserError

# `EX_TEMPFAIL` of sysexits.h: the same command may succeed later.
INTERRUPTED_AND_SAVED = 75
PRUNED_AND_SAVED = 76


class Interrupted(KeyboardInterrupt):
    """A run was asked to stop by a signal, and can be resumed."""


class Pruned(Interrupted):
    """A search has given a run up, which is saved as if a signal had come."""


class Stop:
    """Remembers that someone asked the run to stop.

    While a loop trains, which asks for `requested` between two compiled calls, a signal is only
    noted. At other times there is nothing to finish, and the signal ends the run where it is.
    """

    def __init__(self):
        self.requested: str | None = None
        self.ending: type[Interrupted] = Interrupted
        self.training = False
        self.grace = 0.0
        self.give_up: Callable[[str], Any] = lambda name: None
        self.timer: threading.Timer | None = None

    def handle(self, number: int, frame: Any = None) -> None:
        """Is called by Python when a signal comes."""
        name = signal.Signals(number).name
        if self.requested is not None:
            if number == signal.SIGINT:
                raise KeyboardInterrupt
            return
        self.note(number)
        if not self.training:
            raise Interrupted(name)
        # `print` is not for signal handlers: it may be in the middle of another one.
        os.write(2, f"{name}: finishing the step, then saving\n".encode())

    def note(self, number: int) -> None:
        """Asks the run to stop where it next looks, and sees to it that it does in time."""
        self.requested = signal.Signals(number).name
        # A person's second Ctrl-C, or the end of the step, comes first as a rule.
        self.timer = threading.Timer(self.grace, self.give_up, [self.requested])
        self.timer.daemon = True
        self.timer.start()

    def prune(self, why: str) -> None:
        """Asks the run to stop in the name of a search.

        Args:
            why: in a few words.
        """
        if self.requested is None:
            self.requested, self.ending = why, Pruned

    def check(self) -> None:
        """Ends the run where it was asked to stop.

        Raises:
            Interrupted: it was.
        """
        if self.requested is not None:
            raise self.ending(self.requested)

    @contextmanager
    def while_training(self) -> Iterator[None]:
        """Says that a loop looks at `requested`."""
        self.check()
        self.training = True
        try:
            yield
        finally:
            self.training = False


@contextmanager
def listening(names: Sequence[str], grace: float, give_up: Callable[[str], Any]) -> Iterator[Stop]:
    """Handles signals for as long as a run lasts.

    Args:
        names: for example `["SIGINT", "SIGTERM", "SIGUSR1"]`; those that the system lacks are left
            out.
        grace: seconds after a signal within which the run should have ended.
        give_up: called with the signal's name, in another thread, where it has not.
    """
    stop = Stop()
    stop.grace, stop.give_up = grace, give_up
    with handling(names, stop.handle):
        try:
            yield stop
        finally:
            if stop.timer is not None:
                stop.timer.cancel()


@contextmanager
def handling(names: Sequence[str], handler: Callable[[int, Any], Any]) -> Iterator[None]:
    """Has signals handled, and puts back what handled them before.

    Args:
        names: those that the system lacks are left out.
        handler: as for `signal.signal`.
    """
    before = {}
    # Python lets the main thread alone set handlers: a notebook's and a launcher's other threads
    # go without.
    if threading.current_thread() is threading.main_thread():
        for name in names:
            if hasattr(signal, name):
                number = getattr(signal, name)
                before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def check_signals(names: Any) -> None:
    """Checks the setting `signals`.

    Raises:
        UserError: it is no list of names of signals.
    """
    if isinstance(names, str):
        raise UserError(f"signals={names} is no list: write signals=[{names}]")
    if isinstance(names, int | float):
        raise UserError(f"signals={names} is no list of names: write signals=[SIGTERM]")
    known = {name for name in dir(signal) if name.startswith("SIG") and name[3] != "_"}
    wrong = [name for name in names or () if name not in known | {"SIGUSR1", "SIGUSR2"}]
    if wrong:
        raise UserError(f"signals={wrong} are unknown: use names such as SIGTERM and SIGUSR1")
