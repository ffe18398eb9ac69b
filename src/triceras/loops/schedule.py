"""Which rows each training step sees: a pure function of (seed, epoch, step)."""

import functools
import math

import numpy as np
from omegaconf import DictConfig

from triceras.data.dataset import Split
from triceras.data.order import Order
from triceras.engines.chunk import Chunk
from triceras.errors import UserError
from triceras.loops.length import total_steps
from triceras.random.batch_order import batch_keys


class Schedule:
    """The steps of a run.

    Each epoch is a new permutation of the training data cut into batches; what does not fill the
    last batch is left out, and falls elsewhere in the next epoch.

    Args:
        seed: the run's seed.
        size: number of training examples.
        batch_size: examples in a step.
        epochs: passes over the data, or `None`.
        max_steps: steps after which to stop, also within an epoch, or `None`.
        shuffle_buffer: shuffle the stored order through a buffer of so many rows, as `tf.data`
            does, or `None` for a permutation of everything.
        buckets: the bucket of each example, where a batch takes examples of one, or `None`.

    Raises:
        UserError: neither `epochs` nor `max_steps` is given, or a batch is larger than the data.
    """

    def __init__(
        self,
        seed: int,
        size: int,
        batch_size: int,
        epochs: int | None,
        max_steps: int | None,
        shuffle_buffer: int | None = None,
        buckets: np.ndarray | None = None,
    ):
        if batch_size > size:
            raise UserError(
                f"batch_size={batch_size} is larger than the training data ({size} examples): "
                f"use batch_size={size} or less"
            )
        if epochs is None and max_steps is None:
            raise UserError("nothing says when to stop: set epochs=<int> or max_steps=<int>")
        self.seed = seed
        self.size = size
        self.batch_size = batch_size
        self.order = Order(seed, size, batch_size, shuffle_buffer, buckets)
        self.steps_per_epoch = self.order.steps_per_epoch
        self.total_steps = total_steps(self.steps_per_epoch, epochs, max_steps)
        self.epochs = math.ceil(self.total_steps / self.steps_per_epoch)

    @classmethod
    def of(cls, config: DictConfig, split: Split) -> "Schedule":
        """The schedule of a run.

        Args:
            config: see `conf/run.yaml` of this package.
            split: the training examples.
        """
        return cls(
            config.seed,
            len(split),
            config.batch_size,
            config.epochs,
            config.max_steps,
            config.shuffle_buffer,
            split.buckets,
        )

    def steps_in(self, epoch: int) -> int:
        """The number of steps in an epoch; the last one may be cut short by `max_steps`."""
        return min(self.steps_per_epoch, self.total_steps - epoch * self.steps_per_epoch)

    def is_cut(self, epoch: int) -> bool:
        """Whether `max_steps` cuts an epoch short."""
        return self.steps_in(epoch) < self.steps_per_epoch

    def chunk(self, epoch: int, start: int, stop: int) -> Chunk:
        """The steps `start` to `stop` (exclusive) of an epoch."""
        indices, keys = self.order.epoch(epoch), self._keys(epoch)
        first = epoch * self.steps_per_epoch + start
        return Chunk(indices[start:stop], keys[start:stop], first)

    def prepare(self, epoch: int) -> None:
        """Has the order of an epoch ready before its first step asks for it."""
        if epoch < self.epochs:
            self.order.epoch(epoch)
            self._keys(epoch)

    @functools.lru_cache(maxsize=2)  # noqa: B019 - lives as long as the run
    def _keys(self, epoch: int) -> np.ndarray:
        return batch_keys(self.seed, epoch, self.steps_per_epoch)
