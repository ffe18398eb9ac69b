"""Weights of examples in a column, made to count in Keras's F scores as they do elsewhere."""

import functools
from typing import Any

import keras
from keras import ops

FBetaScore = keras.metrics.FBetaScore


def install() -> None:
    """Mends Keras's class, for all models of this process. Calling it again changes nothing.

    Keras multiplies each weight of a column with each example: a score that takes all classes
    together (`average="micro"`) is then that without weights, and others fail.
    """
    kind: Any = FBetaScore
    if not hasattr(kind.update_state, "__wrapped__"):
        kind.update_state = of_columns(kind.update_state)


def of_columns(update_state: Any) -> Any:
    """`update_state` for which a column of weights is a weight for each example."""

    @functools.wraps(update_state)
    def update(self: Any, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        if sample_weight is not None:
            sample_weight = ops.convert_to_tensor(sample_weight)
            if len(sample_weight.shape) == 2 and sample_weight.shape[-1] == 1:
                sample_weight = ops.squeeze(sample_weight, -1)
        return update_state(self, y_true, y_pred, sample_weight)

    return update
