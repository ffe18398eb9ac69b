"""Work that a loop does not wait for, while the steps that come next are computed."""

import concurrent.futures
from collections.abc import Callable
from typing import Any


class Background:
    """Does one piece of work after the other in a thread, and keeps at most one waiting.

    What a piece raises is raised where the next one is handed over, or at the end.
    """

    def __init__(self):
        self.pool = concurrent.futures.ThreadPoolExecutor(1)
        self.pending: concurrent.futures.Future[Any] | None = None

    def __enter__(self) -> "Background":
        return self

    def __exit__(self, *error: Any) -> None:
        try:
            self.wait()
        finally:
            self.pool.shutdown()

    def run(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Hands work over, once what was handed over before is done."""
        self.wait()
        self.pending = self.pool.submit(function, *arguments)

    def wait(self) -> None:
        """Waits until all work is done."""
        pending, self.pending = self.pending, None
        if pending is not None:
            pending.result()
