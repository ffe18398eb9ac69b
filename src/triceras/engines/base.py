"""The contract of an engine: what a loop may ask of the code that knows a framework."""

import abc
import dataclasses
import logging
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np

from triceras.data.batch import BatchPreparation
from triceras.engines.objective import Objective, objectives_of

log = logging.getLogger(__name__)

Data = tuple[Any, Any]
Logs = dict[str, Any]


@dataclasses.dataclass
class Chunk:
    """Several consecutive training steps, as host arrays.

    Args:
        indices: int32 array `(steps, batch_size)`, rows of the training data.
        keys: int32 array `(steps, 2)`, the random key of each step's batch.
    """

    indices: np.ndarray
    keys: np.ndarray

    def __len__(self) -> int:
        return len(self.indices)

    def padded(self, steps: int) -> "Chunk":
        """The same steps in arrays of a fixed length, so that one program serves every chunk."""
        padding = [(0, steps - len(self)), (0, 0)]
        return Chunk(np.pad(self.indices, padding), np.pad(self.keys, padding))


class Engine(abc.ABC):
    """Runs training and test steps of a compiled, built Keras model on one backend.

    Between `load_state()` and `save_state()` the engine owns the values of the model's, the
    optimizers' and the metrics' variables; the Keras variables may be stale. A loop calls
    `save_state()` before it hands the model to anyone else (a callback, a checkpoint, a figure)
    and `load_state()` after.

    Args:
        model: a `keras.Model`, built and compiled.
        batch: how rows of the data become inputs and targets; runs inside the compiled step.
        compile: `False` runs the very same step eagerly, for `print`, `pdb` and odd models.
        steps_per_call: how many steps at the most run inside one compiled program.
        planned_steps: how many steps the run is expected to take; an engine with a slow compiler
            uses it to decide whether compiling pays.
    """

    # What the framework raises when Python code asks for the value of a tensor that is traced.
    tracing_errors: tuple[type[Exception], ...] = ()

    def __init__(
        self,
        model: keras.Model,
        batch: BatchPreparation,
        compile: bool = True,
        steps_per_call: int = 100,
        planned_steps: int = 0,
    ):
        self.model = model
        self.batch = batch
        self.compile = compile
        self.steps_per_call = steps_per_call
        self.planned_steps = planned_steps
        self.objectives: Sequence[Objective] = objectives_of(model)
        for objective in self.objectives:
            if not objective.optimizer.built:
                objective.optimizer.build(objective.variables)

    @abc.abstractmethod
    def put(self, x: np.ndarray, y: np.ndarray) -> Data:
        """Places a data set on the device, once."""

    @abc.abstractmethod
    def load_state(self) -> None:
        """Takes the values of all Keras variables over."""

    @abc.abstractmethod
    def save_state(self) -> None:
        """Writes the values back into the Keras variables."""

    @abc.abstractmethod
    def run_compiled(self, data: Data, chunk: Chunk) -> tuple[Logs, Logs]:
        """Runs the steps of `chunk` in compiled code; see `train_steps`."""

    @abc.abstractmethod
    def run_eagerly(self, data: Data, indices: np.ndarray, key: np.ndarray) -> tuple[Logs, Logs]:
        """Runs one step, operation by operation; returns its losses and the metrics after it."""

    @abc.abstractmethod
    def test_steps(self, data: Data, starts: np.ndarray, batch_size: int) -> Logs:
        """Updates the metrics with the batches that begin at rows `starts`; returns them all."""

    def train_steps(self, data: Data, chunk: Chunk) -> tuple[Logs, Logs]:
        """Runs the steps of `chunk`.

        Args:
            data: what `put` returned.
            chunk: at most `steps_per_call` steps.

        Returns:
            Two dictionaries of float arrays `(steps,)`: the loss of each objective in each step,
            and the metrics after each step, running since they were last reset.
        """
        if self.compile:
            try:
                return self.run_compiled(data, chunk)
            except self.tracing_errors as error:
                reason = str(error).strip().splitlines()[0]
                log.warning("the step cannot be compiled, so it runs eagerly: %s", reason)
                self.compile = False
                self.load_state()
        steps = [self.run_eagerly(data, *step) for step in zip(chunk.indices, chunk.keys)]
        return stack([losses for losses, _ in steps]), stack([metrics for _, metrics in steps])

    def evaluate(self, data: Data, batch_size: int) -> dict[str, float]:
        """Computes the loss and all metrics on a data set, in inference mode.

        Nothing changes by it: weights, random counters and the training metrics are afterwards
        what they were before, so that looking at a run does not alter it.
        """
        self.save_state()
        kept = keep(other_variables(self.model, self.objectives))
        self.model.reset_metrics()
        self.load_state()
        results: Logs = {}
        for starts, size in batches(len(data[0]), batch_size):
            results = self.test_steps(data, starts, size)
        self.save_state()
        restore(kept)
        self.load_state()
        return {name: float(value) for name, value in results.items()}

    def try_first_batch(self, x: np.ndarray, y: np.ndarray) -> None:
        """Runs one forward pass eagerly, so that lazy metrics exist and errors are legible.

        Leaves every variable as it was.
        """
        kept = keep(state_variables(self.model))
        key = np.zeros((2,), "int32")
        tensors = [keras.ops.convert_to_tensor(a) for a in (x, y, key)]
        inputs, targets = self.batch.for_training(*tensors)
        for objective in self.objectives:
            objective.compute_loss(inputs, targets)
        restore(kept)
        self.model.reset_metrics()


def state_variables(model: keras.Model) -> list[keras.Variable]:
    """All variables of a model that a step may change, its metrics' included, each once."""
    return list({id(v): v for v in [*model.variables, *model.metrics_variables]}.values())


def other_variables(model: keras.Model, objectives: Sequence[Objective]) -> list[keras.Variable]:
    """The variables that no optimizer trains: moving averages, random counters, metrics."""
    trained = {id(v) for objective in objectives for v in objective.variables}
    return [v for v in state_variables(model) if id(v) not in trained]


def keep(variables: Sequence[keras.Variable]) -> list[tuple[keras.Variable, np.ndarray]]:
    """Copies the values of variables, to be given to `restore`."""
    return [(v, np.array(keras.ops.convert_to_numpy(v.value))) for v in variables]


def restore(kept: Sequence[tuple[keras.Variable, np.ndarray]]) -> None:
    """Gives variables the values that `keep` copied."""
    for variable, value in kept:
        variable.assign(value)


def batches(size: int, batch_size: int) -> Iterator[tuple[np.ndarray, int]]:
    """The first rows of all full batches, then of the smaller last one, where there is one."""
    full = size // batch_size * batch_size
    if full:
        yield np.arange(0, full, batch_size, dtype="int32"), batch_size
    if size > full:
        yield np.array([full], "int32"), size - full


def stack(steps: Sequence[Logs]) -> Logs:
    """A dictionary of arrays from a sequence of dictionaries of scalars."""
    values = {name: [keras.ops.convert_to_numpy(step[name]) for step in steps] for name in steps[0]}
    return {name: np.stack(value) for name, value in values.items()}
