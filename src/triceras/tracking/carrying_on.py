"""Keeps what a tracker's library raises away from the run."""

import functools
from collections.abc import Callable
from typing import Any, Protocol


class Failing(Protocol):
    """What a tracker has whose methods are decorated."""

    @property
    def off(self) -> bool:
        """Whether it is not to be asked for anything."""
        ...

    def give_up(self, error: Exception) -> None:
        """Says why it failed; from then on it is off."""
        ...


def carrying_on(method: Callable[..., None]) -> Callable[..., None]:
    """Decorates a method of a tracker: what it raises ends the tracking and not the run."""

    @functools.wraps(method)
    def call(self: Failing, *arguments: Any, **named: Any) -> None:
        if self.off:
            return
        try:
            method(self, *arguments, **named)
        except Exception as error:
            self.give_up(error)

    return call
