"""Where a job of a sweep runs: its cores, its threads and its GPU."""

import contextlib
import dataclasses
import os
from collections.abc import Iterator, Mapping


@dataclasses.dataclass(frozen=True)
class Place:
    """Where one job at a time can run.

    Args:
        cores: numbers of the processor's cores that it may use; none for all that there are.
        environment: variables that are set before the job imports anything.
    """

    cores: frozenset[int] = frozenset()
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """While a process is started, which inherits the cores of the thread that starts it."""
        if not self.cores or not hasattr(os, "sched_setaffinity"):
            yield
            return
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, self.cores)
        try:
            yield
        finally:
            os.sched_setaffinity(0, before)
