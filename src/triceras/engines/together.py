"""Several runs of one process, whose steps are computed by one program.

Each run has a model, an optimizer and an engine of its own. Before a program each engine asks for
its steps (see `triceras.together.turns`), and all that would run the same operations are answered
by one program that runs them on stacked states. What two runs hold as different constants is a
different step, and is never computed by the other's.
"""

import abc
import contextlib
import dataclasses
import hashlib
import logging
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np

from triceras.engines.chunk import Chunk
from triceras.engines.contract import Data, Gradients, Logs
from triceras.engines.stateless import State, StatelessEngine
from triceras.together.turns import turn

log = logging.getLogger(__name__)

# Those of training and of validation.
KEPT = 2


class Step(NamedTuple):
    """A step as a function of flat lists.

    Args:
        fingerprint: the same for steps of the same operations and the same constants.
        function: of the state, the data and what each step is given, to a state and logs.
        logs: the structure of the logs.
    """

    fingerprint: str
    function: Any
    logs: Any


class Lane(NamedTuple):
    """The state of one run among the stacked ones of several."""

    stack: list[Any]
    place: int


@dataclasses.dataclass
class Request:
    """Steps that a run asks for.

    Args:
        step: which.
        state: values, or a `Lane`.
        data: arrays on the device.
        each: what each step is given, arrays `(steps, ...)`, padded.
        count: how many steps to take.
    """

    step: Step
    state: list[Any] | Lane
    data: list[Any]
    each: list[np.ndarray]
    count: int


class Answer(NamedTuple):
    """What came of the steps: a state, and logs, arrays `(count,)` in a flat list."""

    state: Lane
    logs: list[np.ndarray]


class Together(abc.ABC):
    """Computes what several engines of one framework ask for."""

    def __init__(self):
        self.programs: dict[Any, Callable[..., Any]] = {}
        self.most = 1
        self.kept_data: list[tuple[list[list[Any]], list[Any]]] = []

    def __call__(self, requests: Sequence[Request]) -> list[Answer]:
        """Answers requests, those for the same step together."""
        groups: dict[Any, list[int]] = {}
        for place, request in enumerate(requests):
            groups.setdefault((kind_of(request), request.count), []).append(place)
        if len(groups) > self.most:
            self.most = len(groups)
            log.warning(
                "the steps of %d runs are computed by %d programs, one after the other, as they "
                "differ: they hold different constants, or have come to different places",
                len(requests),
                len(groups),
            )
        answers: dict[int, Answer] = {}
        for (kind, _), places in groups.items():
            group = [requests[place] for place in places]
            answers |= zip(places, self.answers(kind, group), strict=True)
        return [answers[place] for place in range(len(requests))]

    def answers(self, kind: Any, group: list[Request]) -> list[Answer]:
        """Answers requests for the same step."""
        first = group[0]
        data, shared = first.data, all(same(first.data, other.data) for other in group)
        if not shared:
            data = self.stacked_data([request.data for request in group])
        state = self.stacked([request.state for request in group])
        each = [np.stack(arrays) for arrays in zip(*(r.each for r in group), strict=True)]
        key = (*kind, len(group), shared)
        if key not in self.programs:
            self.programs[key] = self.program(first.step, state, data, each, shared)
        state, logs = self.programs[key](state, data, each, first.count)
        return [
            Answer(Lane(state, place), [values[place, : first.count] for values in logs])
            for place in range(len(group))
        ]

    def stacked_data(self, lists: list[list[Any]]) -> list[Any]:
        """Data that differ from run to run, one above the other; those of before are kept."""
        for before, stack in self.kept_data:
            if len(before) == len(lists) and all(map(same, before, lists)):
                return stack
        stack = self.stack(lists)
        self.kept_data = [(lists, stack), *self.kept_data][:KEPT]
        return stack

    def stacked(self, states: list[list[Any] | Lane]) -> list[Any]:
        """States of several runs, one above the other, as they are where they are so already."""
        lanes = [state for state in states if isinstance(state, Lane)]
        if len(lanes) == len(states):
            stack = lanes[0].stack
            in_order = all(lane.stack is stack and lane.place == i for i, lane in enumerate(lanes))
            if in_order and len(stack[0]) == len(lanes):
                return stack
        return self.stack([self.values(state) for state in states])

    def values(self, state: list[Any] | Lane) -> list[Any]:
        """The values of a state."""
        return self.lane(state.stack, state.place) if isinstance(state, Lane) else state

    @abc.abstractmethod
    def stack(self, lists: list[list[Any]]) -> list[Any]:
        """Puts the arrays of lists one above the other."""

    @abc.abstractmethod
    def lane(self, stack: list[Any], place: int) -> list[Any]:
        """The arrays of one of them."""

    @abc.abstractmethod
    def step(self, engine: Any, function: Callable[..., Any], example: tuple[Any, ...]) -> Step:
        """A step as operations.

        Args:
            engine: of one of the runs.
            function: of a state, data and what a step is given, trees all; gives a state, and logs.
            example: its arguments.

        Raises:
            CannotCompileError: what it computes depends on the values of tensors.
        """

    @abc.abstractmethod
    def program(
        self, step: Step, state: list[Any], data: list[Any], each: list[np.ndarray], shared: bool
    ) -> Callable[..., tuple[list[Any], list[np.ndarray]]]:
        """What takes many steps of many runs.

        Args:
            step: of one of them.
            state: stacked.
            data: stacked, unless it is shared.
            each: stacked, `(runs, steps, ...)`.
            shared: whether all runs have the same data.

        Returns:
            A function of such a state, data, `each` and the number of steps to take, to a state and
            logs `(runs, steps)`.
        """


def fingerprint(text: str, constants: Iterable[np.ndarray]) -> str:
    """The same for the same operations and the same constants, bit for bit.

    Args:
        text: the operations.
        constants: arrays that they hold, in their order.
    """
    found = hashlib.sha256(text.encode())
    for array in constants:
        found.update(f"{array.dtype}{array.shape}".encode())
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def kind_of(request: Request) -> Any:
    """What requests have in common that one program can answer."""
    shapes = [(tuple(a.shape), str(a.dtype)) for a in (*request.data, *request.each)]
    return request.step.fingerprint, *shapes


def same(some: list[Any], others: list[Any]) -> bool:
    """Whether two lists are of the same objects."""
    return len(some) == len(others) and all(map(operator.is_, some, others))


class TogetherEngine(StatelessEngine):
    """An engine whose compiled steps are taken together with those of other runs.

    It stands before that of a framework among the bases of a class.
    """

    state: State

    def __init__(self, *args: Any, **kwargs: Any):
        self.steps: dict[Any, Step] = {}
        self.at: Lane | None = None
        super().__init__(*args, **kwargs)

    @property
    @abc.abstractmethod
    def together(self) -> Together:
        """What computes for all engines of the process."""

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
