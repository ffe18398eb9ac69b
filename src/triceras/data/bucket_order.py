"""The steps of an epoch in which each batch is of rows of about one length."""

import numpy as np

# So many steps after each other take their rows from one bucket, where an epoch has enough of
# them: a loop runs as many in one program. Of each bucket there are as many runs as the other
# number at the least, so that an epoch does not go from the short to the long.
RUN, RUNS = 16, 8


def run_length(steps: int, buckets: int) -> int:
    """How many steps after each other are of one bucket at the most."""
    return max(1, min(RUN, steps // (RUNS * buckets)))


def composed(
    rows: np.ndarray, buckets: np.ndarray, batch_size: int, places: np.ndarray
) -> np.ndarray:
    """Puts batches together of rows of one bucket.

    What does not fill the last batch of a bucket goes into the next longer one, so that an epoch
    takes the rows that it takes without buckets, each of them once.

    Args:
        rows: those of an epoch in a random order, a multiple of `batch_size`.
        buckets: the bucket of each row of the data.
        batch_size: rows in a step.
        places: a permutation of as many numbers as there are steps, which says in what order runs
            of steps come.

    Returns:
        An array `(steps, batch_size)`.
    """
    batches: list[np.ndarray] = []
    runs: list[list[int]] = []
    longest = run_length(len(rows) // batch_size, len(np.unique(buckets)))
    waiting = np.zeros(len(rows), bool)
    for bucket in np.unique(buckets):
        waiting |= buckets[rows] == bucket
        positions = np.flatnonzero(waiting)
        full = positions[: len(positions) // batch_size * batch_size]
        waiting[full] = False
        steps = list(range(len(batches), len(batches) + len(full) // batch_size))
        batches += list(rows[full].reshape(-1, batch_size))
        runs += [steps[i : i + longest] for i in range(0, len(steps), longest)]
    order = [step for run in sorted(runs, key=lambda run: places[run[0]]) for step in run]
    return np.stack(batches)[order]
