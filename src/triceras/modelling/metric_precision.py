"""Keras's metrics, made to compute in their own type, as its losses do."""

import functools
from typing import Any

import keras
from keras import ops
from keras.src.backend.common.masking import get_keras_mask, set_keras_mask

MeanMetricWrapper = keras.metrics.MeanMetricWrapper
HALF = ("float16", "bfloat16")
# `__wrapped__` does not tell: another mend wraps the same method.
MENDED = "in_own_type"


def install() -> None:
    """Mends Keras's class, for all models of this process. Calling it again changes nothing.

    Keras brings targets into the type of the outputs. Where these are bfloat16, classes above 256
    are rounded to others, so that of 1000 classes a prediction of the one beside counts as right,
    and an error is one from rounded targets, which the loss is not.
    """
    kind: Any = MeanMetricWrapper
    if not hasattr(kind.update_state, MENDED):
        kind.update_state = in_own_type(kind.update_state)


def in_own_type(update_state: Any) -> Any:
    """`update_state` of outputs that are of the metric's type, where theirs has fewer digits."""

    @functools.wraps(update_state)
    def update(self: Any, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        widened = functools.partial(widen, dtype=self.dtype)
        return update_state(self, y_true, keras.tree.map_structure(widened, y_pred), sample_weight)

    setattr(update, MENDED, True)
    return update


def widen(tensor: Any, dtype: str) -> Any:
    """A tensor of half precision in another type, with its mask; any other thing as it is."""
    if not ops.is_tensor(tensor) or keras.backend.standardize_dtype(tensor.dtype) not in HALF:
        return tensor
    mask = get_keras_mask(tensor)
    tensor = ops.cast(tensor, dtype)
    if mask is not None:
        set_keras_mask(tensor, mask)
    return tensor
