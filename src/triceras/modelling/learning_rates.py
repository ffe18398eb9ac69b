"""Learning rates by layers: factors of the optimizer's own rate."""

from collections.abc import Mapping
from typing import Any

import keras

from triceras.engines.objective import objectives_of
from triceras.engines.optimizer_variables import build_optimizers
from triceras.engines.scaled_rates import scale_rates
from triceras.errors import UserError
from triceras.modelling.layer_names import chosen

KEY = "model.learning_rates"


def set_learning_rates(model: keras.Model, config: Any) -> None:
    """Gives layers learning rates of their own, in whatever way the optimizer's rate changes.

    Args:
        model: built and compiled; all its optimizers are changed.
        config: factors by patterns of layers' names, see `triceras.modelling.layer_names`. Where
            several fit a layer, or one that holds it, the last one counts.

    Raises:
        UserError: a pattern fits no layer, or a factor is no number above 0.
    """
    if not config:
        return
    factors = list(factors_of(model, config).values())
    # One that is made of several by a function has them only when it is built.
    build_optimizers(model)
    for objective in objectives_of(model):
        scale_rates(objective.optimizer, factors)


def factors_of(model: keras.Model, config: Any) -> dict[int, tuple[keras.Variable, float]]:
    """The variables that patterns mean, and their factors."""
    if not isinstance(config, Mapping):
        raise UserError(f"{KEY}={config} gives no factors by layers, as in {KEY}={{backbone: 0.1}}")
    found: dict[int, tuple[keras.Variable, float]] = {}
    for pattern, factor in config.items():
        right = isinstance(factor, int | float) and not isinstance(factor, bool) and factor > 0
        if not right:
            raise UserError(
                f"{KEY}: {pattern} has {factor}, which is no factor above 0 of the optimizer's "
                "rate; what is not to be trained goes into model.freeze"
            )
        for _, layer in chosen(model, [str(pattern)], KEY):
            found |= {id(v): (v, float(factor)) for v in layer.variables}
    return found
