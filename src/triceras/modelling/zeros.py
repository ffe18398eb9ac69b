"""Keras's initializer of zeros on JAX, without a program to compile for each shape."""

import functools
from typing import Any

import keras
import numpy as np

Zeros = keras.initializers.Zeros
TYPES = ("bool", "int32", "float32")


def install() -> None:
    """Mends Keras's initializer, for all models of this process. Calling it again changes nothing.

    Eagerly, JAX compiles a program for the zeros of each shape of a bias and of an optimizer's
    variables: a hundredth of a second each, and three where none is kept. NumPy's are copied.
    """
    if keras.backend.backend() == "jax" and not hasattr(Zeros.__call__, "__wrapped__"):
        Zeros.__call__ = of_numpy(Zeros.__call__)


def of_numpy(zeros: Any) -> Any:
    """`Zeros.__call__` that takes NumPy's zeros of the usual types."""

    @functools.wraps(zeros)
    def call(self: Any, shape: Any, dtype: Any = None) -> Any:
        dtype = keras.backend.standardize_dtype(dtype)
        if dtype not in TYPES or not all(isinstance(size, int) for size in shape):
            return zeros(self, shape, dtype)
        return keras.ops.convert_to_tensor(np.zeros(shape, dtype), dtype)

    return call
