"""Keeps signals out of what must not be cut short."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Has signals handled at the end, Ctrl-C and those that a run listens to.

    What handles them raises. An import that is cut short leaves half a framework, of which Keras
    says that it is not installed, or the process dies of a segmentation fault.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    usual: dict[int, Any] = {number: signal.getsignal(number) for number in signal.valid_signals()}
    held = {number: handler for number, handler in usual.items() if callable(handler)}
    asked: list[int] = []
    for number in held:
        signal.signal(number, lambda number, frame: asked.append(number))
    try:
        yield
    finally:
        for number, handler in held.items():
            signal.signal(number, handler)
    for number in asked:
        held[number](number, None)
