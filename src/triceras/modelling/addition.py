"""Keras's addition on TensorFlow, made to add along the axes that broadcasting says."""

import functools
from typing import Any

import keras
from keras.src import backend

# Keras wraps this function itself, so that `__wrapped__` does not tell.
MENDED = "along_its_axes"


def install() -> None:
    """Mends Keras's function, for all models of this process. Calling it again changes nothing.

    On TensorFlow `keras.ops.add`, and so `keras.layers.Add` and the bias of a convolution, takes
    whatever has one axis longer than 1 for a bias of channels if the last axis of the other has
    this length, or its second: a column `(batch, 1)` is added as a row to a matrix
    `(batch, batch)`, as of distances, and the bias of a convolution with the channels first along
    the width of images as wide as there are channels.
    """
    functions: Any = backend.numpy
    if keras.backend.backend() == "tensorflow" and not hasattr(functions.add, MENDED):
        functions.add = along_its_axes(functions.add)
        setattr(functions.add, MENDED, True)


def along_its_axes(add: Any) -> Any:
    """`add` that leaves to it what is a bias, and what has no shape yet."""

    @functools.wraps(add)
    def added(x1: Any, x2: Any) -> Any:
        if not (is_dense(x1) and is_dense(x2)) or is_a_bias(tuple(x1.shape), tuple(x2.shape)):
            return add(x1, x2)
        dtype = backend.result_type(x1.dtype, x2.dtype)
        x1, x2 = (keras.ops.convert_to_tensor(x, dtype) for x in (x1, x2))
        functions: Any = backend.numpy
        return functions.tf.add(x1, x2)

    return added


def is_dense(x: Any) -> bool:
    """Whether something is an array that says how many axes it has, and none that is sparse."""
    shape = getattr(x, "shape", None)
    return shape is not None and getattr(shape, "rank", 0) is not None and not hasattr(x, "values")


def is_a_bias(shape: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Whether the one axis of `other` that is longer than 1 is that of channels of `shape`.

    Keras takes the last axis where both it and the second have this length.
    """
    longer = [axis - len(other) for axis, size in enumerate(other) if size != 1]
    if len(longer) != 1 or len(shape) < 2 or len(other) > len(shape):
        return False
    (axis,) = longer
    return shape[axis] == other[axis] and (
        axis == -1 or (axis == 1 - len(shape) and shape[-1] != other[axis])
    )
