"""An engine of one of several runs, which asks for its steps to be taken with those of others."""

import abc
import contextlib
from typing import Any

import keras
import numpy as np

from triceras.engines.chunk import Chunk
from triceras.engines.contract import Data, Gradients, Logs
from triceras.engines.stateless import State, StatelessEngine
from triceras.engines.together import Answer, Lane, Request, Step, Together
from triceras.together.turns import turn


class TogetherEngine(StatelessEngine):
    """An engine whose compiled steps are taken together with those of other runs.

    It stands before that of a framework among the bases of a class.
    """

    # One for all engines of the process.
    together: Together
    state: State

    def __init__(self, *args: Any, **kwargs: Any):
        self.steps: dict[Any, Step] = {}
        self.at: Lane | None = None
        super().__init__(*args, **kwargs)

    @abc.abstractmethod
    def pure_train_step(self, state: State, data: Data, rows: Any, key: Any) -> Any:
        """A training step; gives a state, and the losses and the metrics."""

    @abc.abstractmethod
    def pure_test_step(self, state: State, data: Data, rows: Any) -> Any:
        """A test step; gives a state, and the metrics."""

    def watching_draws(self) -> contextlib.AbstractContextManager[Any]:
        """Draws are watched where a step is traced, and not while others take their turns."""
        return contextlib.nullcontext()

    # The contract.

    def put(self, parts: Any, lasting: bool = False) -> Data:
        """Brings arrays to the device; those of a data set that several runs share, once."""
        own = turn()
        if not lasting or own is None:
            return super().put(parts, lasting)
        key = tuple((name, memory_of(array)) for name, array in parts.items())
        if key not in own.common:
            # The arrays are kept, so that no other one comes to lie where they are.
            own.common[key] = super().put(parts, lasting), parts
        return own.common[key][0]

    def load_state(self) -> None:
        self.at = None
        self.state = self.read_state(self.value_of)

    @abc.abstractmethod
    def value_of(self, variable: keras.Variable) -> Any:
        """What a variable holds, which it may be given another of."""

    def save_state(self) -> None:
        self.settle()
        self.write_state(self.state)

    def forget_programs(self) -> None:
        super().forget_programs()
        self.steps = {}

    def train_compiled(self, data: Data, chunk: Chunk) -> tuple[Logs, Logs]:
        full = chunk.padded(self.steps_per_call)
        each = [full.indices, full.keys]
        losses, metrics = self.take(self.pure_train_step, data, each, len(chunk))
        return losses, metrics

    def test_compiled(self, data: Data, starts: np.ndarray, batch_size: int) -> Logs:
        rows = (starts[:, None] + np.arange(batch_size)).astype("int32")
        (metrics,) = self.take(self.pure_test_step, data, [rows], len(rows))
        return {name: values[-1] for name, values in metrics.items()}

    def take(self, function: Any, data: Data, each: list[np.ndarray], count: int) -> Any:
        """Takes steps with the other runs; returns their logs."""
        own = turn()
        if own is None:
            raise RuntimeError("an engine of several runs is used outside of them")
        first = [array[0] for array in each]
        arrays = keras.tree.flatten(data)
        shapes = [(tuple(a.shape), str(a.dtype)) for a in (*arrays, *first)]
        key = (function.__name__, *shapes)
        if key not in self.steps:
            self.settle()
            with super().watching_draws():
                self.steps[key] = self.together.step(self, function, (self.state, data, *first))
        step = self.steps[key]
        state = self.at or keras.tree.flatten(self.state)
        answer: Answer = own.ask(Request(step, state, arrays, each, count))
        self.at = answer.state
        own.built |= answer.built
        return keras.tree.pack_sequence_as(step.logs, answer.logs)

    def settle(self) -> None:
        """Takes its own state out of that of all runs."""
        if self.at is not None:
            values = self.together.values(self.at)
            self.state, self.at = keras.tree.pack_sequence_as(self.state, values), None

    def train_eagerly(self, data: Data, indices: np.ndarray, key: np.ndarray) -> tuple[Logs, Logs]:
        self.settle()
        return super().train_eagerly(data, indices, key)

    def test_eagerly(self, data: Data, start: int, batch_size: int) -> Logs:
        self.settle()
        return super().test_eagerly(data, start, batch_size)

    def gradients(self, parts: Any, key: np.ndarray) -> Gradients:
        self.settle()
        return super().gradients(parts, key)


def memory_of(array: np.ndarray) -> Any:
    """The same for arrays that are the same memory."""
    return array.__array_interface__["data"][0], array.shape, array.strides, str(array.dtype)
