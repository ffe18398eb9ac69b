"""Keras's `top_k` on PyTorch, made to take the first of what is equal."""

import functools
from typing import Any, NamedTuple

import keras
from keras import ops
from keras.src import backend


def install() -> None:
    """Mends Keras's function, for all models of this process. Calling it again changes nothing.

    Which of equal values PyTorch takes is not said, and is not the first one, as it is elsewhere. A
    router of a mixture of experts begins with such values where its weights begin with 0. And of
    fewer than five classes there was no accuracy among the best five, which is 1.
    """
    functions: Any = backend.math
    if keras.backend.backend() == "torch" and not hasattr(functions.top_k, "__wrapped__"):
        functions.top_k = first_of_equals(functions.top_k)
        functions.in_top_k = of_those_there_are(functions.in_top_k)


class Largest(NamedTuple):
    """As PyTorch gives them.

    Attributes:
        values: from the largest on.
        indices: where they are.
    """

    values: Any
    indices: Any


def first_of_equals(top_k: Any) -> Any:
    """`top_k` by a sort that keeps the order of what is equal."""

    @functools.wraps(top_k)
    def largest(x: Any, k: int, sorted: bool = True) -> Any:
        x = ops.convert_to_tensor(x)
        if not len(x.shape) or k > x.shape[-1]:
            return top_k(x, k, sorted)
        # The last of equals is last in the sorted order, and so the first of those turned around.
        order = ops.flip(ops.argsort(ops.flip(x, -1), -1), -1)[..., :k]
        places = x.shape[-1] - 1 - order
        return Largest(ops.take_along_axis(x, places, -1), ops.cast(places, "int64"))

    return largest


def of_those_there_are(in_top_k: Any) -> Any:
    """`in_top_k` of no more than there are."""

    @functools.wraps(in_top_k)
    def among_the_largest(targets: Any, predictions: Any, k: int) -> Any:
        return in_top_k(targets, predictions, min(k, predictions.shape[-1]))

    return among_the_largest
