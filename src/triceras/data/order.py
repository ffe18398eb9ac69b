"""The order in which steps see the rows of a data set, which other processes can follow."""

import dataclasses
import functools

import numpy as np

from triceras.random.batch_order import permutation
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
    """

    seed: int
    size: int
    batch_size: int
    shuffle_buffer: int | None = None

    @property
    def steps_per_epoch(self) -> int:
        """The batches of an epoch; what does not fill the last one is left out."""
        return self.size // self.batch_size

    # For several instances, of which a process has few that it asks again and again.
    @functools.lru_cache(maxsize=2)  # noqa: B019
    def epoch(self, epoch: int) -> np.ndarray:
        """The rows of each step of an epoch, int32 `(steps_per_epoch, batch_size)`."""
        if self.shuffle_buffer is None:
            rows = permutation(self.seed, epoch, self.size)
        else:
            rows = buffered_permutation(self.seed, epoch, self.size, self.shuffle_buffer)
        rows = rows[: self.steps_per_epoch * self.batch_size]
        return rows.reshape(self.steps_per_epoch, self.batch_size).astype("int32")

    def step(self, step: int) -> np.ndarray:
        """The rows of a step, which are counted over all epochs."""
        epoch, within = divmod(step, self.steps_per_epoch)
        return self.epoch(epoch)[within]
