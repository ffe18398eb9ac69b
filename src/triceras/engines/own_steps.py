"""Steps that a model brings along, as Keras allows, and the loops that would leave them out."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from triceras.errors import UserError

TRAINING = ("train_step", "make_train_function")
# What Keras calls to train and to evaluate, and an engine does not.
ALL = (*TRAINING, "test_step", "make_test_function", "fit", "evaluate")
# The variables that the compiled step of an evaluation has read and is not given anew, with the
# values that they had.
READS_OTHERS = "_triceras_test_step_reads_others"


def check_own_steps(model: Any, names: Sequence[str], loop: str) -> None:
    """Checks that a model has no steps of its own which a loop would not take.

    One that names its objectives says by them what is trained where they are used.

    Args:
        model: any.
        names: the methods that the loop does not call.
        loop: its name.

    Raises:
        UserError: the model has one of them.
    """
    own = [name for name in names if is_own(model, name)]
    if own and not callable(getattr(model, "objectives", None)):
        raise UserError(
            f"loop={loop} does not use {type(model).__name__}.{', '.join(own)} and would go on "
            "without: use loop=fit, which does, or write the step once for every backend as "
            "loop.step (docs/triceras/own_code.md)"
        )


def is_own(model: Any, name: str) -> bool:
    """Whether a method is the model's own, by its class or by itself, and not one of Keras."""
    if name in vars(model):
        return True
    kind = next((kind for kind in type(model).__mro__ if name in vars(kind)), keras.Model)
    return not kind.__module__.startswith("keras.")


def check_told(told: Mapping[str, Any], metrics: Mapping[str, Any]) -> None:
    """Checks that a model's `compute_metrics` tells no more and no less than its metrics do.

    Raises:
        UserError: it does.
    """
    other = sorted(set(told) ^ set(metrics), key=str)
    if other:
        raise UserError(
            f"compute_metrics returns {sorted(told, key=str)} and the model's metrics are "
            f"{sorted(metrics)}: loop=custom shows what metrics say, so make {other} a metric of "
            "the model (keras.metrics.Mean, updated there), or use loop=fit"
        )
