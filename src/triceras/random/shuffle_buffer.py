"""The order of a shuffle through a buffer: what `tf.data.Dataset.shuffle(buffer_size)` does."""

import numpy as np

from triceras.random.batch_order import PERMUTATION_STREAM
from triceras.random.bits import random_bits
from triceras.random.keys import fold_in, key_of


def buffered_permutation(seed: int, epoch: int, size: int, buffer_size: int) -> np.ndarray:
    """Shuffles the rows of a data set through a buffer, for an epoch.

    The buffer holds the next `buffer_size` rows in their stored order; one of them is drawn, and
    the next row takes its place. With a buffer much smaller than the data the order stays close
    to the stored one.

    Args:
        seed: the run's seed.
        epoch: counts from 0.
        size: number of rows.
        buffer_size: number of rows to draw from.

    Returns:
        An int64 array `(size,)` that holds 0 to `size` - 1 once each.
    """
    key = fold_in(fold_in(key_of(seed), PERMUTATION_STREAM), epoch)
    words = random_bits(key, (size,)).view("uint32").tolist()
    buffer = list(range(min(buffer_size, size)))
    order = np.empty(size, "int64")
    for i, word in enumerate(words):
        position = word * len(buffer) >> 32
        order[i] = buffer[position]
        following = i + buffer_size
        if following < size:
            buffer[position] = following
        else:
            buffer[position] = buffer[-1]
            buffer.pop()
    return order
