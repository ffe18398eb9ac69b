"""The batches of a schedule, and of data that stay on disk, in the form that `fit` takes."""

import contextlib
import math
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Split
from triceras.loops.schedule import Schedule


class ScheduledBatches(keras.utils.PyDataset):
    """The batches of a schedule, prepared on the host.

    Args:
        split: the data.
        schedule: which rows each step sees.
        batch: how rows become inputs and targets.
        **kwargs: of `keras.utils.PyDataset`.
    """

    def __init__(self, split: Split, schedule: Schedule, batch: BatchPreparation, **kwargs: Any):
        super().__init__(**kwargs)
        self.split = split
        self.schedule = schedule
        self.batch = batch
        self.epoch = 0
        self.first = 0
        self.stop = schedule.steps_per_epoch
        self.error: Exception | None = None

    @property
    def num_batches(self) -> int:
        return max(1, self.stop - self.first)

    def __getitem__(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        step = min(step + self.first, self.stop - 1)
        chunk = self.schedule.chunk(self.epoch, step, step + 1)
        rows = chunk.indices[0]
        try:
            x, y = self.split.x[rows], self.split.y[rows]
            inputs, targets = self.batch.for_training(x, y, chunk.keys[0], np)
            # A model may change its inputs in place, on PyTorch, which shares the memory.
            return inputs, targets.copy() if targets is inputs else targets
        except Exception as error:
            self.error = error
            raise


class EvaluationBatches(keras.utils.PyDataset):
    """The batches of data that are too large for memory, in their order.

    Args:
        split: the data.
        batch: how rows become inputs and targets.
        size: examples in a batch; the last one may have fewer.
        **kwargs: of `keras.utils.PyDataset`.
    """

    def __init__(self, split: Split, batch: BatchPreparation, size: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.split = split
        self.batch = batch
        self.size = size

    @property
    def num_batches(self) -> int:
        return math.ceil(len(self.split) / self.size)

    def __getitem__(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        rows = slice(step * self.size, (step + 1) * self.size)
        return self.batch.for_testing(self.split.x[rows], self.split.y[rows])


def evaluation_data(split: Split, batch: BatchPreparation, size: int) -> dict[str, Any]:
    """The arguments of `keras.Model.evaluate` that say what to look at, in batches of a size."""
    if isinstance(split.x, np.ndarray):
        x, y = batch.for_testing(split.x, split.y)
        return {"x": x, "y": y, "batch_size": size}
    return {"x": EvaluationBatches(split, batch, size)}


@contextlib.contextmanager
def telling_data_errors(batches: ScheduledBatches) -> Iterator[None]:
    """Raises what the data raised, which TensorFlow wraps into an error of its own."""
    try:
        yield
    except Exception as error:
        if batches.error is not None and error is not batches.error:
            raise batches.error from error
        raise
