"""Which rows of the data the next steps take."""

import dataclasses
from collections.abc import Iterator

import numpy as np


@dataclasses.dataclass
class Chunk:
    """Several consecutive training steps, as host arrays.

    Args:
        indices: int32 array `(steps, batch_size)`, rows of the training data.
        keys: int32 array `(steps, 2)`, the random key of each step's batch.
        first: the number of the first of them, counted over all epochs, where that is known.
    """

    indices: np.ndarray
    keys: np.ndarray
    first: int | None = None

    def __len__(self) -> int:
        return len(self.indices)

    def padded(self, steps: int) -> "Chunk":
        """The same steps in arrays of a fixed length, so that one program serves every chunk."""
        padding = [(0, steps - len(self)), (0, 0)]
        return Chunk(np.pad(self.indices, padding), np.pad(self.keys, padding))


def batches(size: int, batch_size: int) -> Iterator[tuple[np.ndarray, int]]:
    """The first rows of all full batches, then of the smaller last one, where there is one."""
    full = size // batch_size * batch_size
    if full:
        yield np.arange(0, full, batch_size, dtype="int32"), batch_size
    if size > full:
        yield np.array([full], "int32"), size - full
