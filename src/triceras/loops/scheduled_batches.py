"""The batches of a schedule, and of data that stay on disk, in the form that `fit` takes."""

import contextlib
import math
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from triceras.data.batch import Batch, BatchPreparation
from triceras.data.dataset import Split
from triceras.loops.schedule import Schedule


class ScheduledBatches(keras.utils.PyDataset):
    """The batches of a schedule, prepared on the host.

    Args:
        split: the data.
        schedule: which rows each step sees.
        batch: how rows become what the model is given.
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

    def __getitem__(self, step: int) -> tuple[Any, ...]:
        return self.prepared(step).for_keras

    def prepared(self, step: int) -> Batch:
        """A batch, for a model that may change its inputs in place."""
        step = min(step + self.first, self.stop - 1)
        chunk = self.schedule.chunk(self.epoch, step, step + 1)
        number = self.epoch * self.schedule.steps_per_epoch + step
        try:
            parts = self.split.take_step(number, chunk.indices[0], self.batch.parts)
            return apart(self.batch.for_training(parts, chunk.keys[0], np))
        except Exception as error:
            self.error = error
            raise


class EvaluationBatches(keras.utils.PyDataset):
    """The batches of data that are too large for memory, in their order.

    Args:
        split: the data.
        batch: how rows become what the model is given.
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

    def __getitem__(self, step: int) -> tuple[Any, ...]:
        rows = slice(step * self.size, (step + 1) * self.size)
        return self.batch.for_testing(self.split.take(rows, self.batch.parts)).for_keras


def apart(batch: Batch) -> Batch:
    """The batch, whose targets share no memory with the inputs, which PyTorch may change."""
    inputs = {id(array) for array in keras.tree.flatten(batch.inputs)}

    def alone(array: Any) -> Any:
        return array.copy() if id(array) in inputs else array

    targets = None if batch.targets is None else keras.tree.map_structure(alone, batch.targets)
    return batch._replace(targets=targets)


def evaluation_data(split: Split, batch: BatchPreparation, size: int) -> dict[str, Any]:
    """The arguments of `keras.Model.evaluate` that say what to look at, in batches of a size."""
    if split.in_memory(batch.parts):
        whole = batch.for_testing(split.take(slice(None), batch.parts))
        return {
            "x": whole.inputs,
            "y": whole.targets,
            "sample_weight": whole.sample_weight,
            "batch_size": size,
        }
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
