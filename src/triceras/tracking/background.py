"""Does what takes time beside a run."""

import queue
import threading
from collections.abc import Callable
from typing import Any


class Background:
    """Does one thing after the other in a thread of its own, so that a run waits for none.

    The thread does not keep the process alive.

    Args:
        failed: called, in the thread, with what one of them raised; those after it are left out.
    """

    def __init__(self, failed: Callable[[Exception], None]):
        self.failed = failed
        self.tasks: queue.SimpleQueue[Callable[[], Any] | None] = queue.SimpleQueue()
        self.broken = False
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self) -> None:
        """Does what there is to do, until there is nothing more to come."""
        while (task := self.tasks.get()) is not None:
            try:
                task()
            except Exception as error:
                self.broken = True
                self.failed(error)

    def do(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Does something once all that was asked for before is done."""
        self.tasks.put(lambda: None if self.broken else function(*arguments))

    def wait(self, seconds: float) -> bool:
        """Waits, not for ever, until all that was asked for is done or left out.

        Returns:
            Whether it is.
        """
        done = threading.Event()
        self.tasks.put(done.set)
        return done.wait(seconds)

    def stop(self) -> None:
        """Says that there is nothing more to come."""
        self.tasks.put(None)
