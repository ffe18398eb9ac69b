"""Keras's `scatter` on PyTorch, made to be one operation."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops
from keras.src import backend


def install() -> None:
    """Mends Keras's function, for all models of this process. Calling it again changes nothing.

    On PyTorch Keras goes from element to element in Python, and reads the place of each: a
    `MeanIoU` of pictures took seconds a step, which could not be compiled, nor shared by devices.
    """
    functions: Any = backend.core
    if keras.backend.backend() == "torch":
        functions.scatter = scatter


def scatter(indices: Any, values: Any, shape: Sequence[int]) -> Any:
    """See `keras.ops.scatter`."""
    indices, values = ops.convert_to_tensor(indices), ops.convert_to_tensor(values)
    axes = indices.shape[-1]
    places = ops.reshape(indices, (-1, axes))
    values = ops.reshape(values, (-1, *shape[axes:]))
    # Of 32 bits several threads add up as it comes, and a second run has other bits.
    dtype = keras.backend.standardize_dtype(values.dtype)
    wide = "float64" if dtype == "float32" else dtype
    added = ops.scatter_update(
        ops.zeros(shape, wide), places, ops.cast(values, wide), reduction="add"
    )
    return ops.cast(added, dtype)
