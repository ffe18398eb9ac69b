"""The variables that a step may change, and their values kept and restored."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from triceras.engines.objective import Objective


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


def restore(kept: Sequence[tuple[keras.Variable, Any]]) -> None:
    """Gives variables the values that `keep` copied."""
    for variable, value in kept:
        variable.assign(value)
