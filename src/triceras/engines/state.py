"""The variables that a step may change, and their values kept and restored."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import keras
import numpy as np

from triceras.bits import same_bits
from triceras.engines.objective import Objective
from triceras.engines.recurrent import recurrent_states


def state_variables(
    model: keras.Model, objectives: Sequence[Objective] = ()
) -> list[keras.Variable]:
    """All variables that a step may change, metrics' included and optimizers' not, each once."""
    trained = [v for objective in objectives for v in objective.variables]
    variables = [
        *model.variables,
        *recurrent_states(model),
        *trained,
        *model.metrics_variables,
    ]
    return list({id(v): v for v in variables}.values())


def other_variables(model: keras.Model, objectives: Sequence[Objective]) -> list[keras.Variable]:
    """The variables that no optimizer trains: moving averages, random counters, metrics."""
    trained = {id(v) for objective in objectives for v in objective.variables}
    return [v for v in state_variables(model, objectives) if id(v) not in trained]


def keep(variables: Sequence[keras.Variable]) -> list[tuple[keras.Variable, np.ndarray]]:
    """Copies the values of variables, to be given to `restore`."""
    return [(v, value_of(v)) for v in variables]


def value_of(variable: keras.Variable) -> np.ndarray:
    """A copy of what a variable holds."""
    return np.array(keras.ops.convert_to_numpy(variable.value))


def restore(kept: Iterable[tuple[keras.Variable, Any]]) -> None:
    """Gives variables the values that `keep` copied."""
    for variable, value in kept:
        variable.assign(value)


def holds(variables: Sequence[keras.Variable], kept: Sequence[tuple[keras.Variable, Any]]) -> bool:
    """Whether variables have, bit for bit, the values that `keep` copied of them."""
    now = keep(variables)
    return all(same_bits(value, before) for (_, value), (_, before) in zip(now, kept, strict=True))


def follow_statistics(model: keras.Model) -> None:
    """Has each `Normalization` compute with the mean and variance that its variables hold.

    Keras copies them into tensors, which a program holds as constants: to be called wherever
    variables were given values from elsewhere, and before a program is compiled.

    Args:
        model: any; a layer that was given its statistics as arguments keeps them.
    """
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


class Kept:
    """Values of variables that are put back, but for what is changed of them on purpose.

    Args:
        variables: whose values to keep.
    """

    def __init__(self, variables: Sequence[keras.Variable]):
        self.pairs = keep(variables)

    @contextlib.contextmanager
    def letting_change(self, but: Sequence[keras.Variable] = ()) -> Iterator[None]:
        """What variables are given within is what `restore` will give them.

        Args:
            but: those of which it is not.
        """
        before = keep([v for v, _ in self.pairs])
        yield
        after = keep([v for v, _ in self.pairs])
        changed = [not same_bits(a, b) for (_, a), (_, b) in zip(before, after, strict=True)]
        same = {id(v) for v in but}
        self.pairs = [
            new if other and id(old[0]) not in same else old
            for old, new, other in zip(self.pairs, after, changed, strict=True)
        ]

    def restore(self) -> None:
        """Puts the values back."""
        restore(self.pairs)
