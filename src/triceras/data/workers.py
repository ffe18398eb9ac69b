"""Grain's worker processes, which make what is needed next."""

import multiprocessing
import os
import pickle
import signal
import threading
from typing import Any

from triceras.errors import UserError, one_line

# What each worker has ready at the most.
AHEAD = 2


def worked(source: Any, workers: int) -> Any:
    """What a source gives, in its order, made by processes ahead of time.

    Args:
        source: has `__len__` and `__getitem__`; each process has a copy of it.
        workers: number of processes.

    Returns:
        An iterator, to be closed when no more is wanted.

    Raises:
        UserError: it cannot be copied into another process, or there is no Grain.
    """
    try:
        import cloudpickle
        import grain
        from absl import flags
        from grain.multiprocessing import MultiprocessingOptions
    except ImportError as error:
        raise UserError(
            f"data.workers={workers} needs the package {error.name}: pip install grain, or use "
            "data.workers=0"
        ) from error
    try:
        cloudpickle.dumps(source)
    except (TypeError, AttributeError, ValueError, pickle.PicklingError) as error:
        raise UserError(
            f"data.workers={workers}: the source cannot be copied into other processes "
            f"({one_line(error)}): open files when an example is asked for, not before, or use "
            "data.workers=0"
        ) from error
    if not flags.FLAGS.is_parsed():
        # Grain asks for flags of a command line that is not its own.
        flags.FLAGS.mark_as_parsed()
    dataset = grain.MapDataset.source(source).to_iter_dataset(
        grain.ReadOptions(num_threads=1, prefetch_buffer_size=AHEAD)
    )
    options = MultiprocessingOptions(num_workers=workers, per_worker_buffer_size=AHEAD)
    return iter(dataset.mp_prefetch(options, worker_init_fn=begin))


def begin(number: int, workers: int) -> None:
    """What each process does first.

    A Ctrl-C reaches the whole group of processes, and the run saves itself before it ends them; a
    run that is killed ends nothing, and its workers would wait for it for ever.
    """
    for name in ("SIGINT", "SIGTERM", "SIGUSR1", "SIGUSR2"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=end_with, args=(parent,), daemon=True).start()


def end_with(parent: Any) -> None:
    """Ends this process when another one has ended."""
    parent.join()
    os._exit(1)
