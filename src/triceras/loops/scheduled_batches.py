"""The batches of a schedule, and of data that stay on disk, in the form that `fit` takes."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from triceras.data.batch import Batch, BatchPreparation
from triceras.data.dataset import Split
from triceras.errors import UserError
from triceras.loops.batch_shapes import of_all_shapes
from triceras.loops.schedule import Schedule

# Of the parts of the first batch, by name.
Types = dict[str, np.dtype]


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
        self.types: Types = {}
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
            if self.split.streamed:
                # It may be memory that a worker lends, and `fit` keeps batches.
                parts = {name: np.array(array) for name, array in parts.items()}
            parts = of_one_type(parts, self.types)
            return apart(self.batch.for_training(parts, chunk.keys[0], np))
        except Exception as error:
            self.error = error
            raise

    def samples(self) -> list[tuple[Any, ...]]:
        """Batches that differ in their shapes in all in which any do."""
        chunk = self.schedule.chunk(0, 0, 1)
        return [
            self.batch.for_training(of_one_type(parts, self.types), chunk.keys[0], np).for_keras
            for parts in self.split.samples(chunk.indices[0], self.batch.parts)
        ]


class EvaluationBatches(keras.utils.PyDataset):
    """The batches of data that are too large for memory, or of several lengths.

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
        self.rows = split.batches(size)
        self.types: Types = {}
        self.error: Exception | None = None

    @property
    def num_batches(self) -> int:
        return len(self.rows)

    def __getitem__(self, step: int) -> tuple[Any, ...]:
        try:
            parts = self.split.take(self.rows[step], self.batch.parts)
            return self.batch.for_testing(of_one_type(parts, self.types)).for_keras
        except Exception as error:
            self.error = error
            raise

    def samples(self) -> list[tuple[Any, ...]]:
        """Batches that differ in their shapes in all in which any do."""
        return [
            self.batch.for_testing(of_one_type(parts, self.types)).for_keras
            for parts in self.split.samples(self.rows[0], self.batch.parts)
        ]


def apart(batch: Batch) -> Batch:
    """The batch, whose targets share no memory with the inputs, which PyTorch may change."""
    inputs = {id(array) for array in keras.tree.flatten(batch.inputs)}

    def alone(array: Any) -> Any:
        return array.copy() if id(array) in inputs else array

    targets = None if batch.targets is None else keras.tree.map_structure(alone, batch.targets)
    return batch._replace(targets=targets)


def of_one_type(parts: dict[str, np.ndarray], types: Types) -> dict[str, np.ndarray]:
    """Parts of a batch, on TensorFlow in the types that those of the first one have.

    There `fit` takes these for those of all, and would cut fractions that come later to whole
    numbers without a word.

    Args:
        parts: by name.
        types: of the first batch, whose are added.

    Raises:
        UserError: the type of the first batch cannot hold what comes.
    """
    if keras.backend.backend() != "tensorflow":
        return parts
    for name, array in parts.items():
        first = types.setdefault(name, array.dtype)
        if first == array.dtype or (first.name == "float32" and array.dtype.kind in "biu"):
            continue
        if np.promote_types(first, array.dtype) != first:
            raise UserError(
                f"{name} is {first.name} in the first batch and {array.dtype.name} in a later one, "
                "which fit on TensorFlow would cut to the former: give numbers of one type in the "
                "source, as 1.0 and 0.5, or use loop=custom"
            )
    return {name: array.astype(types[name], copy=False) for name, array in parts.items()}


@contextlib.contextmanager
def evaluation_data(split: Split, batch: BatchPreparation, size: int) -> Iterator[dict[str, Any]]:
    """The arguments of `keras.Model.evaluate` that say what to look at, in batches of a size."""
    if split.in_memory(batch.parts):
        whole = batch.for_testing(split.take(slice(None), batch.parts))
        yield {
            "x": whole.inputs,
            "y": whole.targets,
            "sample_weight": whole.sample_weight,
            "batch_size": size,
        }
        return
    batches = EvaluationBatches(split, batch, size)
    with telling_data_errors(batches):
        yield {"x": of_all_shapes(batches)}


@contextlib.contextmanager
def telling_data_errors(batches: ScheduledBatches | EvaluationBatches) -> Iterator[None]:
    """Raises what the data raised, which TensorFlow wraps into an error of its own."""
    try:
        yield
    except Exception as error:
        if batches.error is not None and error is not batches.error:
            raise batches.error from error
        raise
