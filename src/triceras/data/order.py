"""The order in which steps see the rows of a data set, which other processes can follow."""

import dataclasses
import functools

import numpy as np

from triceras.data.bucket_order import composed, run_length
from triceras.random.batch_order import RUN_STREAM, permutation
from triceras.random.shuffle_buffer import buffered_permutation


@dataclasses.dataclass(frozen=True, eq=False)
class Order:
    """A new permutation for each epoch, cut into batches.

    Args:
        seed: the run's seed.
        size: number of rows.
        batch_size: rows in a step.
        shuffle_buffer: shuffle the stored order through a buffer of so many rows, as `tf.data`
            does, or `None` for a permutation of everything.
        buckets: the bucket of each row, where a step takes rows of one; `None` where all are alike.
    """

    seed: int
    size: int
    batch_size: int
    shuffle_buffer: int | None = None
    buckets: np.ndarray | None = None

    @property
    def steps_per_epoch(self) -> int:
        """The batches of an epoch; what does not fill the last one is left out."""
        return self.size // self.batch_size

    @property
    def shapes(self) -> int:
        """Of how many shapes steps may be."""
        return 1 if self.buckets is None else len(np.unique(self.buckets))

    @property
    def alike(self) -> int | None:
        """How many steps after each other are of one shape at the most; `None` for all."""
        return None if self.shapes == 1 else run_length(self.steps_per_epoch, self.shapes)

    # For several instances, of which a process has few that it asks again and again.
    @functools.lru_cache(maxsize=2)  # noqa: B019
    def epoch(self, epoch: int) -> np.ndarray:
        """The rows of each step of an epoch, int32 `(steps_per_epoch, batch_size)`."""
        if self.shuffle_buffer is None:
            rows = permutation(self.seed, epoch, self.size)
        else:
            rows = buffered_permutation(self.seed, epoch, self.size, self.shuffle_buffer)
        rows = rows[: self.steps_per_epoch * self.batch_size]
        if self.buckets is None:
            steps = rows.reshape(self.steps_per_epoch, self.batch_size)
        else:
            places = permutation(self.seed, epoch, self.steps_per_epoch, RUN_STREAM)
            steps = composed(rows, self.buckets, self.batch_size, places)
        return steps.astype("int32")

    def end_of_shape(self, epoch: int, start: int, stop: int) -> int:
        """Up to which step of an epoch, `stop` at the most, all have the shape of `start`."""
        if self.buckets is None:
            return stop
        buckets = self.buckets[self.epoch(epoch)[start:stop]].max(axis=1)
        others = np.flatnonzero(buckets != buckets[0])
        return start + int(others[0]) if len(others) else stop

    def step(self, step: int) -> np.ndarray:
        """The rows of a step, which are counted over all epochs."""
        epoch, within = divmod(step, self.steps_per_epoch)
        return self.epoch(epoch)[within]
