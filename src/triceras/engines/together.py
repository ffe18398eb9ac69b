"""Several runs of one process, whose steps are computed by one program.

Before a program each run's engine asks for its steps (see `together_engine.py`), and all that would
run the same operations are answered by one program that runs them on stacked states. What two runs
hold as different constants is a different step, and is never computed by the other's.
"""

import abc
import dataclasses
import hashlib
import logging
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np

log = logging.getLogger(__name__)

# Those of training and of validation.
KEPT = 2
# From so many rounds on, in which the steps of runs differ, it is told.
OFTEN = 5


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


class Flat:
    """A step as a function of a flat list of tensors, that notes the structure of its logs.

    Args:
        function: of a state, data and what a step is given, trees all; gives a state, and logs.
        example: its arguments.
    """

    def __init__(self, function: Callable[..., Any], example: tuple[Any, ...]):
        self.function, self.example = function, example
        self.logs: Any = None

    def __call__(self, *tensors: Any) -> list[Any]:
        state, *logs = self.function(*keras.tree.pack_sequence_as(self.example, tensors))
        self.logs = keras.tree.map_structure(lambda _: 0, logs)
        return [*keras.tree.flatten(state), *keras.tree.flatten(logs)]


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
    """What came of the steps: a state, and logs, arrays `(count,)` in a flat list.

    `built` says whether a program was made for them.
    """

    state: Lane
    logs: list[np.ndarray]
    built: bool


class Together(abc.ABC):
    """Computes what several engines of one framework ask for."""

    def __init__(self):
        self.programs: dict[Any, Callable[..., Any]] = {}
        self.kept_data: list[tuple[list[list[Any]], list[Any]]] = []
        self.begin()

    def begin(self) -> None:
        """To be called before the runs of a command ask, of which nothing has been told yet."""
        self.begun, self.most, self.parted = False, 1, 0

    def __call__(self, requests: Sequence[Request]) -> list[Answer]:
        """Answers requests, those for the same step together."""
        groups: dict[Any, list[int]] = {}
        for place, request in enumerate(requests):
            groups.setdefault((kind_of(request), request.count), []).append(place)
        self.tell_of(len(groups), len(requests))
        answers: dict[int, Answer] = {}
        for (kind, _), places in groups.items():
            group = [requests[place] for place in places]
            answers |= zip(places, self.answers(kind, group), strict=True)
        return [answers[place] for place in range(len(requests))]

    def tell_of(self, programs: int, runs: int) -> None:
        """Warns where steps differ from the start, or go on doing so.

        One that has stopped early asks for its test while the others train.

        Args:
            programs: how many compute the steps.
            runs: how many there are.
        """
        begins, self.begun = not self.begun, True
        self.parted += programs > self.most
        if programs > self.most and (begins or self.parted > OFTEN):
            self.most = programs
            log.warning(
                "the steps of %d runs are computed by %d programs, one after the other, as they "
                "differ: they hold different constants, or have come to different places",
                runs,
                programs,
            )

    def answers(self, kind: Any, group: list[Request]) -> list[Answer]:
        """Answers requests for the same step."""
        first = group[0]
        data, shared = first.data, all(same(first.data, other.data) for other in group)
        if not shared:
            data = self.stacked_data([request.data for request in group])
        state = self.stacked([request.state for request in group])
        each = [np.stack(arrays) for arrays in zip(*(r.each for r in group), strict=True)]
        key = (*kind, len(group), shared)
        built = key not in self.programs
        if built:
            self.programs[key] = self.program(first.step, state, data, each, shared)
        state, logs = self.programs[key](state, data, each, first.count)
        return [
            Answer(Lane(state, place), [values[place, : first.count] for values in logs], built)
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
