"""Variables of which none of a model's layers knows, as a loss or an object beside them has some.

A step of JAX or PyTorch that is compiled would hold them as constants, and no group of Keras's
variables has them: they are noted here when a first batch is tried.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from triceras.bits import same_bits
from triceras.engines.numbered import numbered
from triceras.engines.objective import Objective
from triceras.engines.optimizer_variables import is_taken_in
from triceras.engines.state import state_variables, value_of
from triceras.errors import UserError

# Keras tracks what is set as usual.
ATTRIBUTE = "_variables_elsewhere"
# What a callback sets are a few numbers; of the weights of a network beside the model, which would
# take long to be compared after each hook, it is looked at whether one has assigned to them.
MOST_ELEMENTS = 4096


class Elsewhere:
    """The variables that steps of a model read and none of its layers has, in the order of reading.

    Args:
        held: whether a compiled step would hold them as constants.
    """

    def __init__(self, held: bool = False):
        self.held = held
        self.variables: list[keras.Variable] = []
        self.first: dict[int, np.ndarray] = {}
        self.waiting: dict[int, tuple[str, np.ndarray]] = {}
        self.small_alone = False

    def note(self, variables: Sequence[keras.Variable], held: bool) -> None:
        """Notes what a step reads, and gives it what was to be given to it."""
        self.variables, self.held = list(variables), held
        for variable in variables:
            if id(variable) not in self.first:
                self.first[id(variable)] = value_of(variable)
        self.settle()

    def changed(self) -> dict[int, keras.Variable]:
        """Those that are other than when they were noted, by their places."""
        places = enumerate(self.variables)
        return {i: v for i, v in places if not same_bits(value_of(v), self.first[id(v)])}

    @property
    def with_places(self) -> list[keras.Variable]:
        """The variables that the places of what is given are among."""
        return [v for v in self.variables if is_small(v) or not self.small_alone]

    def give(self, values: Mapping[int, tuple[str, np.ndarray]], small_alone: bool = False) -> None:
        """Gives variables what others at their places held, and all others what they began with.

        Those that are not noted yet are given it when they are.

        Args:
            values: by place, the name of the one that it was taken of, and its value.
            small_alone: whether places are those among small variables.

        Raises:
            UserError: one has another name or another shape.
        """
        self.small_alone = small_alone
        places = {id(variable): place for place, variable in enumerate(self.with_places)}
        for variable in self.changed().values():
            if places.get(id(variable)) not in values:
                variable.assign(self.first[id(variable)])
        self.waiting = dict(values)
        self.settle()

    def settle(self) -> None:
        """Gives variables what waits for them."""
        variables = self.with_places
        for place in [place for place in self.waiting if place < len(variables)]:
            variable, (name, value) = variables[place], self.waiting.pop(place)
            if (without_number(variable), tuple(variable.shape)) != (name, value.shape):
                raise UserError(
                    f"the checkpoint's variable {place} outside the layers is {name} of shape "
                    f"{value.shape}, and the model's {without_number(variable)} of shape "
                    f"{tuple(variable.shape)}: it is of another model"
                )
            variable.assign(value)

    def named(self) -> Iterator[tuple[str, keras.Variable]]:
        """The variables with names for people, all of them different."""
        names = numbered(variable.path for variable in self.variables)
        return zip(names, self.variables, strict=True)


def elsewhere(model: Any) -> Elsewhere:
    """What was noted of a model; nothing where no batch was tried."""
    if ATTRIBUTE not in vars(model):
        object.__setattr__(model, ATTRIBUTE, Elsewhere())
    return vars(model)[ATTRIBUTE]


def note_elsewhere(
    model: keras.Model,
    objectives: Sequence[Objective],
    read: Iterable[keras.Variable],
    compiled: bool,
) -> None:
    """Notes those of some variables of which none of a model's layers knows.

    Args:
        model: compiled and built.
        objectives: of the model.
        read: the variables that a step reads.
        compiled: whether steps are to be compiled. TensorFlow's look variables up all the same.
    """
    # What an optimizer has besides is none of its own where a loss is computed, in `fit` on JAX.
    of_optimizers = [v for o in objectives for v in o.optimizer.variables if not is_taken_in(v)]
    known = {id(v) for v in [*state_variables(model, objectives), *of_optimizers]}
    found = [v for v in read if id(v) not in known]
    elsewhere(model).note(found, compiled and keras.backend.backend() != "tensorflow")


def without_number(variable: keras.Variable) -> str:
    """The path of a variable without the numbers by which Keras tells those of a process apart."""
    return re.sub(r"_\d+(?=/|$)", "", variable.path)


def is_small(value: Any) -> bool:
    """Whether a value is a variable whose numbers are looked at after each hook."""
    return isinstance(value, keras.Variable) and np.prod(value.shape) <= MOST_ELEMENTS
