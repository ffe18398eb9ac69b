"""Keras's one-hot encoding on PyTorch, made to give the numbers that Keras says it gives."""

import functools
from typing import Any

import keras
from keras import ops
from keras.src import backend


def install() -> None:
    """Mends Keras's function, for all models of this process. Calling it again changes nothing.

    Unless it is told a type it gives whole numbers on PyTorch alone. So
    `ContrastLimitedAdaptiveHistogramEqualization`, which counts by it, rounded its limit to 0. And
    PyTorch's own function looks at the values, so that no step with it could be compiled. Of an
    axis below -1 Keras makes another one there, and TensorFlow refuses it.
    """
    own = backend.nn.one_hot
    if hasattr(own, "__wrapped__"):
        return
    if keras.backend.backend() == "torch":
        backend.nn.one_hot = from_the_front(by_comparison(own))
    elif keras.backend.backend() == "tensorflow":
        backend.nn.one_hot = from_the_front(own)


def from_the_front(one_hot: Any) -> Any:
    """`one_hot` whose axis is counted from the front, unless it is the last one."""

    @functools.wraps(one_hot)
    def counted(x: Any, num_classes: int, axis: int = -1, *arguments: Any, **options: Any) -> Any:
        axis = axis + ops.ndim(x) + 1 if axis < -1 else axis
        return one_hot(x, num_classes, axis, *arguments, **options)

    return counted


def by_comparison(one_hot: Any) -> Any:
    """`one_hot` that compares with each class while a step is traced; its usual type is Keras's."""

    @functools.wraps(one_hot)
    def compared(
        x: Any, num_classes: int, axis: int = -1, dtype: Any = None, **options: Any
    ) -> Any:
        dtype = dtype or keras.config.floatx()
        if any(options.values()) or not traced(x):
            # It refuses what is none of the categories.
            return one_hot(x, num_classes, axis, dtype, **options)
        x = ops.expand_dims(ops.cast(x, "int64"), -1)
        found = ops.cast(x == ops.arange(num_classes, dtype="int64"), dtype)
        return found if axis in (-1, len(found.shape) - 1) else ops.moveaxis(found, -1, axis)

    return compared


def traced(x: Any) -> bool:
    """Whether a step is being traced, so that a tensor has no values that could be looked at."""
    torch: Any = backend.nn.torch  # pyright: ignore[reportAttributeAccessIssue]
    return torch._guards.detect_fake_mode([x]) is not None
