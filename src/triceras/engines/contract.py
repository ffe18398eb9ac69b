"""What an engine does in the way of its framework: the methods of jax.py, tensorflow.py, torch.py.

Their files have them in the order of this one.
"""

import abc
import math
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

import keras
import numpy as np

from triceras.data.batch import BatchPreparation
from triceras.engines.chunk import Chunk
from triceras.engines.objective import Objective, objectives_of
from triceras.engines.optimizer_variables import build_optimizers
from triceras.engines.step import Step

# Named parts, all of whose rows are on the device.
Data = dict[str, Any]
Logs = dict[str, Any]
Gradients = dict[str, list[np.ndarray]]


class Contract(abc.ABC):
    """Runs training and test steps of a compiled, built Keras model on one backend.

    Between `load_state()` and `save_state()` the engine owns the values of the model's, the
    optimizers' and the metrics' variables; the Keras variables may be stale. A loop calls
    `save_state()` before it hands the model to anyone else (a callback, a checkpoint, a figure)
    and `load_state()` after.

    Args:
        model: a `keras.Model`, built and compiled.
        batch: how rows of the data become what the model is given; runs inside the compiled step.
        compile: `False` runs the very same step eagerly, for `print`, `pdb` and odd models.
        steps_per_call: how many steps at the most run inside one compiled program.
        planned_steps: how many steps the run is expected to take; an engine with a slow compiler
            uses it to decide whether compiling pays.
        device_data_mb: the largest data set that is kept on the device, in MiB.
        step: which gradients the optimizers are given; see `triceras.engines.step`. `None` gives
            them those of the loss.

    Raises:
        UserError: the model is not compiled, or two objectives have one name.
    """

    # What the framework raises when Python code asks for the value of a tensor that is traced:
    # types of exceptions, each with a part of its message.
    tracing_errors: Sequence[tuple[type[Exception], str]] = ()

    def __init__(
        self,
        model: keras.Model,
        batch: BatchPreparation,
        compile: bool = True,
        steps_per_call: int = 100,
        planned_steps: int = 0,
        device_data_mb: float = math.inf,
        step: Step | None = None,
    ):
        self.model = model
        self.batch = batch
        self.compile = compile
        self.steps_per_call = steps_per_call
        self.planned_steps = planned_steps
        # How often it is expected to be evaluated; 0 where that is not known.
        self.planned_evaluations = 0
        self.device_data_mb = device_data_mb
        self.step = step
        # What is kept with a run, and known when it goes on.
        self.remembered: MutableMapping[str, Any] = {}
        self.objectives: Sequence[Objective] = objectives_of(model)
        build_optimizers(model)

    @abc.abstractmethod
    def put(self, parts: Mapping[str, np.ndarray], lasting: bool = False) -> Data:
        """Brings arrays to the device.

        Args:
            parts: by name.
            lasting: whether nobody will change these arrays, so that a device which computes in the
                same memory need not have copies.
        """

    @abc.abstractmethod
    def load_state(self) -> None:
        """Takes the values of all Keras variables over."""

    @abc.abstractmethod
    def save_state(self) -> None:
        """Writes the values back into the Keras variables."""

    @abc.abstractmethod
    def forget_programs(self) -> None:
        """Has every step traced and compiled anew, as what it holds as a constant has changed."""

    @abc.abstractmethod
    def train_compiled(self, data: Data, chunk: Chunk) -> tuple[Logs, Logs]:
        """Runs the steps of `chunk` in compiled code; see `Engine.train_steps`.

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
    def gradients(self, parts: Mapping[str, np.ndarray], key: np.ndarray) -> Gradients:
        """Computes the gradients of a batch, and changes nothing.

        It does so operation by operation; on JAX only where nothing is to be compiled.

        To be called after `try_first_batch`, as lazy metrics would be made, and counted, by it.

        Args:
            parts: rows of the training data.
            key: int32 array `(2,)`, the random key of the batch.

        Returns:
            For each objective, the gradient of its loss by each of its variables, in their order.
            All objectives see the present state, not what a step of the others would make of it.
        """
