"""Keras's cross-entropy by logits on TensorFlow, with its gradient for labels of any sum."""

import functools
from typing import Any

import keras
from keras import ops
from keras.src import backend


def install() -> None:
    """Mends Keras's function, for all models of this process. Calling it again changes nothing.

    TensorFlow's own takes it that the labels of an example add up to 1. Where they do not, as those
    of a class that is left out, which are all 0, or labels that are weighted, the loss is right and
    the gradient is another one: an example whose loss is 0 moves the model.
    """
    functions: Any = backend.nn
    own = functions.categorical_crossentropy
    if keras.backend.backend() == "tensorflow" and not hasattr(own, "__wrapped__"):
        functions.categorical_crossentropy = of_any_sum(own)


def of_any_sum(crossentropy: Any) -> Any:
    """`categorical_crossentropy` that differentiates what it computes."""

    @functools.wraps(crossentropy)
    def of_labels(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
        target, output = ops.convert_to_tensor(target), ops.convert_to_tensor(output)
        if not from_logits or not fit(target.shape, output.shape):
            return crossentropy(target, output, from_logits, axis)
        return -ops.sum(target * ops.log_softmax(output, axis), axis)

    return of_labels


def fit(one: Any, other: Any) -> bool:
    """Whether two shapes are the same as far as they are known; Keras says what is wrong else."""
    pairs = zip(one, other, strict=False)
    same = all(a == b or a is None or b is None for a, b in pairs)
    return same and len(one) == len(other) > 0
