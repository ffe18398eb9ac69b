"""Losses and metrics of outputs `(batch,)`, made to be one number for each example."""

import functools
from typing import Any

import keras
from keras import ops
from keras.src.backend.common.masking import get_keras_mask, set_keras_mask
from keras.src.losses.losses import LossFunctionWrapper

# `__wrapped__` does not tell: another mend wraps the same method.
MENDED = "of_each_example"
# Keras's functions that take the mean over the last axis.
FUNCTIONS = {
    *("mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error"),
    *("mean_squared_logarithmic_error", "huber", "log_cosh", "poisson", "hinge", "squared_hinge"),
    *("binary_crossentropy", "binary_focal_crossentropy"),
}


def install() -> None:
    """Mends Keras's classes, for all models of this process. Calling it again changes nothing.

    The last axis of such outputs is that of examples. Keras takes the mean over it, and has one
    number for the batch: weights of examples and of classes then count by no more than their mean,
    whichever example has them, and a metric counts a last batch of one example as a full one.
    """
    loss: Any = LossFunctionWrapper
    if not hasattr(loss.call, MENDED):
        loss.call = of_each_example(loss.call, "fn")
        metric: Any = keras.metrics.MeanMetricWrapper
        metric.update_state = of_each_example(metric.update_state, "_fn")


def of_each_example(method: Any, name: str) -> Any:
    """A method of targets and outputs that gives those in a column which have no more axes."""

    @functools.wraps(method)
    def compute(self: Any, y_true: Any, y_pred: Any, *arguments: Any, **options: Any) -> Any:
        if takes_the_mean(getattr(self, name)) and is_flat(y_true) and is_flat(y_pred):
            y_true, y_pred = column(y_true), column(y_pred)
        return method(self, y_true, y_pred, *arguments, **options)

    setattr(compute, MENDED, True)
    return compute


def takes_the_mean(function: Any) -> bool:
    """Whether it is one of `FUNCTIONS`, and not one of somebody's own of that name."""
    of_keras = str(getattr(function, "__module__", "")).startswith("keras.")
    return of_keras and getattr(function, "__name__", None) in FUNCTIONS


def is_flat(tensor: Any) -> bool:
    """Whether a tensor has one axis."""
    shape = getattr(tensor, "shape", ())
    # On TensorFlow it may be unknown how many there are.
    return getattr(shape, "rank", 0) is not None and len(shape) == 1


def column(tensor: Any) -> Any:
    """A tensor with one more axis, and its mask."""
    mask = get_keras_mask(tensor)
    tensor = ops.expand_dims(tensor, -1)
    if mask is not None:
        set_keras_mask(tensor, mask)
    return tensor
