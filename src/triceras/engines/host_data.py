"""A data set that stays in the host's memory, and the rows of it that a device needs."""

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from triceras.engines.chunk import Chunk


@dataclasses.dataclass(frozen=True)
class HostData:
    """A data set that is too large for the device: its rows go there as they are needed.

    Args:
        x: an array, or whatever has its `shape`, `dtype` and rows by index.
        y: an array.
    """

    x: Any
    y: np.ndarray

    def __len__(self) -> int:
        return len(self.y)

    @property
    def nbytes(self) -> int:
        """Bytes that it would take on a device."""
        return math.prod(self.x.shape) * np.dtype(self.x.dtype).itemsize + self.y.nbytes

    def rows_of(self, chunk: Chunk, steps: int) -> tuple[Any, np.ndarray, Chunk]:
        """Reads the rows that a chunk takes.

        Args:
            chunk: at most `steps` steps.
            steps: for how many steps to return rows, so that their number is always the same.

        Returns:
            The rows of `x` and of `y`, and the chunk that picks its steps out of them.
        """
        rows = chunk.padded(steps).indices
        picked = np.arange(rows.size, dtype="int32").reshape(rows.shape)
        return self.x[rows.ravel()], self.y[rows.ravel()], Chunk(picked[: len(chunk)], chunk.keys)

    def parts(self, size: int) -> Iterator[tuple[Any, np.ndarray]]:
        """Reads the whole in parts of at most `size` consecutive rows."""
        for start in range(0, len(self), size):
            yield self.x[start : start + size], self.y[start : start + size]
