"""The contract of an engine: what a loop may ask of the code that knows a framework."""

import abc
import concurrent.futures
import contextlib
import dataclasses
import logging
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import keras
import numpy as np

from triceras.data.batch import BatchPreparation
from triceras.engines.objective import Objective, objectives_of
from triceras.modelling.misfit import telling_misfits

log = logging.getLogger(__name__)

Data = tuple[Any, Any]
Logs = dict[str, Any]
Gradients = dict[str, list[np.ndarray]]


class CannotCompileError(Exception):
    """The framework cannot compile the model's code as it is written; the message says why."""


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
        device_data_mb: the largest data set that is kept on the device, in MiB.

    Raises:
        UserError: the model is not compiled, or two objectives have one name.
    """

    def __init__(
        self,
        model: keras.Model,
        batch: BatchPreparation,
        compile: bool = True,
        steps_per_call: int = 100,
        planned_steps: int = 0,
        device_data_mb: float = math.inf,
    ):
        self.model = model
        self.batch = batch
        self.compile = compile
        self.steps_per_call = steps_per_call
        self.planned_steps = planned_steps
        self.device_data_mb = device_data_mb
        self.objectives: Sequence[Objective] = objectives_of(model)
        for objective in self.objectives:
            if not objective.optimizer.built:
                objective.optimizer.build(objective.variables)
        self.tried = False

    # What each backend does in its own way.

    @abc.abstractmethod
    def put(self, x: np.ndarray, y: np.ndarray) -> Data:
        """Copies arrays to the device."""

    @abc.abstractmethod
    def load_state(self) -> None:
        """Takes the values of all Keras variables over."""

    @abc.abstractmethod
    def save_state(self) -> None:
        """Writes the values back into the Keras variables."""

    @abc.abstractmethod
    def train_compiled(self, data: Data, chunk: Chunk) -> tuple[Logs, Logs]:
        """Runs the steps of `chunk` in compiled code; see `train_steps`.

        Raises:
            CannotCompileError: it cannot be compiled; the state is what it was.
        """

    @abc.abstractmethod
    def train_eagerly(self, data: Data, indices: np.ndarray, key: np.ndarray) -> tuple[Logs, Logs]:
        """Runs one step, operation by operation; returns its losses and the metrics after it."""

    @abc.abstractmethod
    def test_compiled(self, data: Data, starts: np.ndarray, batch_size: int) -> Logs:
        """Updates the metrics with the batches that begin at rows `starts`; returns them all.

        Raises:
            CannotCompileError: it cannot be compiled; the state is what it was.
        """

    @abc.abstractmethod
    def test_eagerly(self, data: Data, start: int, batch_size: int) -> Logs:
        """Does with one batch what `test_compiled` does with several."""

    @abc.abstractmethod
    def gradients(self, x: np.ndarray, y: np.ndarray, key: np.ndarray) -> Gradients:
        """Computes the gradients of a batch, and changes nothing.

        It does so operation by operation; on JAX only where nothing is to be compiled.

        To be called after `try_first_batch`, as lazy metrics would be made, and counted, by it.

        Args:
            x: rows of the training data.
            y: their labels.
            key: int32 array `(2,)`, the random key of the batch.

        Returns:
            For each objective, the gradient of its loss by each of its variables, in their order.
            All objectives see the present state, not what a step of the others would make of it.
        """

    # What a loop calls.

    def place(self, x: Any, y: np.ndarray) -> Data | HostData:
        """Puts a data set on the device, where it stays, or makes it ready to be streamed there.

        Args:
            x: inputs, an array or whatever has its `shape`, `dtype` and rows by index.
            y: labels, an array.
        """
        data = HostData(x, y)
        small = data.nbytes <= self.device_data_mb * 2**20
        return self.put(x[:], y) if small else data

    def feed(self, data: Data | HostData, chunks: Iterable[Chunk]) -> Iterator[tuple[Data, Chunk]]:
        """Brings each chunk's rows to the device, while the steps of the one before it run.

        Args:
            data: what `place` returned.
            chunks: at most `steps_per_call` steps each.

        Yields:
            The arguments of `train_steps`.
        """
        if not isinstance(data, HostData):
            yield from ((data, chunk) for chunk in chunks)
            return
        with concurrent.futures.ThreadPoolExecutor(1) as reader:
            coming = None
            for chunk in chunks:
                before, coming = coming, reader.submit(self.fetch, data, chunk)
                if before is not None:
                    yield before.result()
            if coming is not None:
                yield coming.result()

    def fetch(self, data: HostData, chunk: Chunk) -> tuple[Data, Chunk]:
        """Copies the rows of a chunk to the device; returns them and the chunk that picks them."""
        rows = chunk.padded(self.steps_per_call).indices
        picked = np.arange(rows.size, dtype="int32").reshape(rows.shape)
        on_device = self.put(data.x[rows.ravel()], data.y[rows.ravel()])
        return on_device, Chunk(picked[: len(chunk)], chunk.keys)

    def train_steps(self, data: Data, chunk: Chunk) -> tuple[Logs, Logs]:
        """Runs the steps of `chunk`.

        Args:
            data: what `feed` gave, or `put` returned.
            chunk: at most `steps_per_call` steps.

        Returns:
            Two dictionaries of float32 arrays `(steps,)`: the loss of each objective in each step,
            and the metrics after each step, running since they were last reset.
        """
        self.ensure_tried(data, chunk.indices.shape[1])
        if self.compile:
            try:
                with untouched_errors():
                    return self.train_compiled(data, chunk)
            except CannotCompileError as error:
                self.give_up_compiling(error)
        steps = [
            self.train_eagerly(data, indices, key)
            for indices, key in zip(chunk.indices, chunk.keys, strict=True)
        ]
        return stack([losses for losses, _ in steps]), stack([metrics for _, metrics in steps])

    def evaluate(self, data: Data | HostData, batch_size: int) -> dict[str, float]:
        """Computes the loss and all metrics on a data set, in inference mode.

        Nothing changes by it: weights, random counters and the training metrics are afterwards
        what they were before, so that looking at a run does not alter it.
        """
        if isinstance(data, HostData):
            self.ensure_tried((data.x, data.y), batch_size)
            parts = self.parts(data, batch_size)
        else:
            self.ensure_tried(data, batch_size)
            parts = iter([data])
        self.save_state()
        kept = keep(other_variables(self.model, self.objectives))
        self.model.reset_metrics()
        self.load_state()
        results: Logs = {}
        for part in parts:
            for starts, size in batches(len(part[0]), batch_size):
                results = self.test_steps(part, starts, size)
        results = {name: float(value) for name, value in results.items()}
        restore(kept)
        self.load_state()
        return results

    def test_steps(self, data: Data, starts: np.ndarray, batch_size: int) -> Logs:
        """Updates the metrics with the batches that begin at rows `starts`; returns them all."""
        if self.compile:
            try:
                with untouched_errors():
                    return self.test_compiled(data, starts, batch_size)
            except CannotCompileError as error:
                self.give_up_compiling(error)
        results: Logs = {}
        for start in starts:
            results = self.test_eagerly(data, int(start), batch_size)
        return results

    def try_first_batch(self, x: Any, y: Any) -> None:
        """Runs one forward pass, so that lazy metrics exist and errors are legible.

        Resets the metrics and leaves every other variable as it was.

        Raises:
            UserError: the shapes do not fit.
        """
        with telling_misfits(x, y):
            self.try_forward(x, y, np.zeros((2,), "int32"))
        self.model.reset_metrics()
        self.tried = True

    # The parts of these.

    def try_forward(self, *batch: np.ndarray) -> None:
        """Runs a forward pass eagerly; puts the variables back that it changed."""
        kept = keep(other_variables(self.model, self.objectives))
        self.forward(*(keras.ops.convert_to_tensor(a) for a in batch))
        restore(kept)

    def forward(self, x: Any, y: Any, key: Any) -> list[Any]:
        """The loss of each objective, without an update."""
        inputs, targets = self.batch.for_training(x, y, key)
        return [objective.compute_loss(inputs, targets, True) for objective in self.objectives]

    def parts(self, data: HostData, batch_size: int) -> Iterator[Data]:
        """Brings a data set to the device in parts of at most `steps_per_call` batches."""
        size = self.steps_per_call * batch_size
        for start in range(0, len(data), size):
            yield self.put(data.x[start : start + size], data.y[start : start + size])

    def ensure_tried(self, data: Data, batch_size: int) -> None:
        if not self.tried:
            self.save_state()
            self.try_first_batch(*(a[:batch_size] for a in data))
            self.load_state()

    def give_up_compiling(self, error: CannotCompileError) -> None:
        reason = str(error).strip().splitlines()[0].partition(". ")[0].rstrip(".")
        log.warning(
            "the step runs eagerly, slower, as it cannot be compiled (does Python code depend on "
            "the value of a tensor?): %s",
            reason,
        )
        self.compile = False


@contextlib.contextmanager
def untouched_errors() -> Iterator[None]:
    """Keeps Keras from rewriting a framework's exceptions into others, whose cause is lost."""
    enabled = keras.config.is_traceback_filtering_enabled()
    keras.config.disable_traceback_filtering()
    try:
        yield
    finally:
        if enabled:
            keras.config.enable_traceback_filtering()


def state_variables(
    model: keras.Model, objectives: Sequence[Objective] = ()
) -> list[keras.Variable]:
    """All variables that a step may change, metrics' included and optimizers' not, each once."""
    trained = [v for objective in objectives for v in objective.variables]
    variables = [*model.variables, *trained, *model.metrics_variables]
    return list({id(v): v for v in variables}.values())


def other_variables(model: keras.Model, objectives: Sequence[Objective]) -> list[keras.Variable]:
    """The variables that no optimizer trains: moving averages, random counters, metrics."""
    trained = {id(v) for objective in objectives for v in objective.variables}
    return [v for v in state_variables(model, objectives) if id(v) not in trained]


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
    return {name: np.stack(value).astype("float32") for name, value in values.items()}
