"""Where a job of a sweep runs: its cores, its threads and its GPU."""

import contextlib
import dataclasses
import os
from collections.abc import Iterator, Mapping, Sequence

from triceras.sweeps.machine import VISIBLE

# What tells each library and framework how many threads it may have, before it is imported.
THREADS = (
    "OMP_NUM_THREADS",  # PyTorch, and whatever else uses OpenMP
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "NPROC",  # XLA's threads, and so JAX's
    "TORCHINDUCTOR_COMPILE_THREADS",
)


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


def shared_out(
    cores: Sequence[int],
    gpus: Sequence[int | str] | None,
    jobs: int | None = None,
    threads: int | None = None,
) -> list[Place]:
    """Shares cores and GPUs out among jobs.

    Args:
        cores: numbers of the cores, those next to each other that share most.
        gpus: ids of GPUs, of which each job sees one; `None` says nothing of them.
        jobs: how many run at a time; `None` for one for each GPU, or for each so many cores.
        threads: how many cores each has; `None` for as many as fall to it.

    Returns:
        As many places as there are jobs at a time. Where they have more cores or GPUs together
        than there are, they share some.
    """
    jobs = jobs or len(gpus or ()) or max(1, len(cores) // (threads or 1))
    threads = threads or max(1, len(cores) // jobs)
    places = []
    for number in range(jobs):
        first = number * threads
        mine = frozenset(cores[(first + i) % len(cores)] for i in range(threads))
        environment: dict[str, str] = {name: str(threads) for name in THREADS}
        if gpus is not None:
            # The ids are those that the driver tells.
            environment["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
            environment[VISIBLE] = str(gpus[number % len(gpus)]) if gpus else ""
        places.append(Place(mine, environment))
    return places
