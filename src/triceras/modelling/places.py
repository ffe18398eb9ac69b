"""Keras's functions that take and turn elements, made to take those that they are told."""

import functools
from collections.abc import Callable
from typing import Any

import keras
from keras import ops
from keras.src import backend


def install() -> None:
    """Mends Keras's functions, for all models of this process. Calling it again changes nothing.

    On PyTorch `take` without an axis counted from the end of the first axis, for that of all
    elements: `take(x, -1)` was some other element. On TensorFlow `rot90` by half a turn reversed
    other axes.
    """
    functions: Any = backend.numpy
    if keras.backend.backend() == "torch" and not hasattr(functions.take, "__wrapped__"):
        functions.take = of_all(functions.take)
    if keras.backend.backend() == "tensorflow" and not hasattr(functions.rot90, "__wrapped__"):
        functions.rot90 = by_quarters(functions.rot90)


def of_all(own: Callable[..., Any]) -> Callable[..., Any]:
    """`take` that looks at one axis where it is told none."""

    @functools.wraps(own)
    def take(x: Any, indices: Any, axis: int | None = None) -> Any:
        if axis is None:
            return own(ops.reshape(x, (-1,)), indices, 0)
        return own(x, indices, axis)

    return take


def by_quarters(own: Callable[..., Any]) -> Callable[..., Any]:
    """`rot90` that takes half a turn in two steps."""

    @functools.wraps(own)
    def rot90(array: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Any:
        return own(own(array, 1, axes), 1, axes) if k % 4 == 2 else own(array, k, axes)

    return rot90
