"""A data set that stays in the host's memory, and the rows of it that a device needs."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from triceras.data.dataset import Split
from triceras.data.portable import portable
from triceras.engines.chunk import Chunk

Parts = dict[str, Any]

# What is read at once, in MiB, unless a single batch is more. While it is computed on, as much is
# read for what comes next, so an epoch's first steps wait for no more than this.
AT_ONCE_MB = 32


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

    def steps_at_once(self, batch_size: int, steps: int) -> int:
        """How many of some steps to read rows for at once.

        Args:
            batch_size: rows in a step.
            steps: how many a program takes at the most.
        """
        a_step = self.nbytes / len(self) * batch_size
        most = self.split.most_at_once or steps
        return max(1, min(steps, most, int(AT_ONCE_MB * 2**20 / a_step)))

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
        if chunk.first is None or self.split.in_memory(self.names):
            parts = self.split.take(rows.ravel(), self.names)
        else:
            parts = self.steps_of(chunk, rows.size)
        return parts, Chunk(picked[: len(chunk)], chunk.keys)

    def steps_of(self, chunk: Chunk, count: int) -> Parts:
        """The rows of a chunk, step by step, and the first of them again up to a number of rows."""
        first = chunk.first or 0
        size = chunk.indices.shape[1]
        arrays: Parts = {}
        for i, rows in enumerate(chunk.indices):
            # Each is copied before the next one is asked for: it may be memory that a worker lends.
            for name, array in self.split.take_step(first + i, rows, self.names).items():
                if name not in arrays:
                    arrays[name] = np.empty((count, *array.shape[1:]), array.dtype)
                    arrays[name][chunk.indices.size :] = array[:1]
                if array.dtype != arrays[name].dtype:
                    # As where whole numbers come first, and then fractions.
                    both = np.promote_types(array.dtype, arrays[name].dtype)
                    arrays[name] = portable(name, arrays[name].astype(both))
                arrays[name][i * size : (i + 1) * size] = array
        return {name: arrays[name] for name in self.names}

    def parts(self, batch_size: int, batches: int) -> Iterator[Parts]:
        """Reads the whole.

        Args:
            batch_size: rows in a batch.
            batches: how many to read at once, at the most. Of rows in buckets it is one, so that a
                bucket has one shape, and another one for what is left of it.
        """
        buckets = self.split.buckets is not None
        at_once = 1 if buckets else self.steps_at_once(batch_size, batches)
        for rows in self.split.batches(at_once * batch_size):
            yield self.split.take(rows, self.names)
