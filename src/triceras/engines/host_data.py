"""A data set that stays in the host's memory, and the rows of it that a device needs."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from triceras.data.dataset import Split
from triceras.engines.chunk import Chunk

Parts = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class HostData:
    """A data set that is too large for the device: its rows go there as they are needed.

    Args:
        split: named parts.
        names: of the parts that are needed.
    """

    split: Split
    names: Sequence[str]

    def __len__(self) -> int:
        return len(self.split)

    @property
    def nbytes(self) -> int:
        """Bytes that it would take on a device."""
        return self.split.nbytes(self.names)

    def rows_of(self, chunk: Chunk, steps: int) -> tuple[Parts, Chunk]:
        """Reads the rows that a chunk takes.

        Args:
            chunk: at most `steps` steps.
            steps: for how many steps to return rows, so that their number is always the same.

        Returns:
            The rows of each part, and the chunk that picks its steps out of them.
        """
        rows = chunk.padded(steps).indices
        picked = np.arange(rows.size, dtype="int32").reshape(rows.shape)
        parts = self.split.take(rows.ravel(), self.names)
        return parts, Chunk(picked[: len(chunk)], chunk.keys)

    def parts(self, size: int) -> Iterator[Parts]:
        """Reads the whole in parts of at most `size` consecutive rows."""
        for start in range(0, len(self), size):
            yield self.split.take(slice(start, start + size), self.names)
