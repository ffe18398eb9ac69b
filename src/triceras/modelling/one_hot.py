"""Keras's one-hot encoding on PyTorch, made to give the numbers that Keras says it gives."""

import functools
from typing import Any

import keras
from keras.src import backend


def install() -> None:
    """Mends Keras's function, for all models of this process. Calling it again changes nothing.

    Unless it is told a type it gives whole numbers on PyTorch alone. So
    `ContrastLimitedAdaptiveHistogramEqualization`, which counts by it, rounded its limit to 0.
    """
    if keras.backend.backend() == "torch" and not hasattr(backend.nn.one_hot, "__wrapped__"):
        backend.nn.one_hot = of_floats(backend.nn.one_hot)


def of_floats(one_hot: Any) -> Any:
    """`one_hot` whose usual type is Keras's."""

    @functools.wraps(one_hot)
    def floats(x: Any, num_classes: int, axis: int = -1, dtype: Any = None, **options: Any) -> Any:
        return one_hot(x, num_classes, axis, dtype or keras.config.floatx(), **options)

    return floats
