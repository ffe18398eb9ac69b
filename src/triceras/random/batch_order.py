"""The order of the data and a random key for each batch: pure functions of (seed, epoch)."""

import numpy as np

from triceras.random.keys import DRAW, fold_in, key_of, split, words_of
from triceras.random.threefry import threefry_2x32

PERMUTATION_STREAM, BATCH_STREAM = 1, 2
# Of the order of steps whose rows are of several lengths.
RUN_STREAM = 5


def permutation(seed: int, epoch: int, size: int, stream: int = PERMUTATION_STREAM) -> np.ndarray:
    """Shuffles the rows of a data set for an epoch.

    Args:
        seed: the run's seed.
        epoch: counts from 0.
        size: number of rows.
        stream: permutations of different streams are independent.

    Returns:
        An int64 array `(size,)` that holds 0 to `size` - 1 once each.
    """
    key = fold_in(fold_in(key_of(seed), stream), epoch)
    counter = np.arange(size, dtype="int32")
    high, low = threefry_2x32(words_of(key, np), (counter, DRAW), np)
    # 64 bits a row: of 32, two rows would often be the same and keep their order.
    return np.argsort((high.astype("int64") << 32) | low.view("uint32"), kind="stable")


def batch_keys(seed: int, epoch: int, steps: int) -> np.ndarray:
    """Derives a random key for each batch of an epoch, for augmentation within the step.

    Args:
        seed: the run's seed.
        epoch: counts from 0.
        steps: number of batches.

    Returns:
        An int32 array `(steps, 2)`.
    """
    return split(fold_in(fold_in(key_of(seed), BATCH_STREAM), epoch), steps)
