"""Keras's average pooling on PyTorch, made to leave out what it pads with on every side."""

import functools
import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.src import backend


def install() -> None:
    """Mends Keras's function, for all models of this process. Calling it again changes nothing.

    With `padding="same"` an average is one of the elements that are there. Where one side gets more
    padding than the other, as with three elements at every second place, Keras repeats the last
    element on PyTorch and counts it again.
    """
    functions: Any = backend.nn
    own = functions.average_pool
    if keras.backend.backend() == "torch" and not hasattr(own, "__wrapped__"):
        functions.average_pool = of_what_is_there(own)


def of_what_is_there(average_pool: Any) -> Any:
    """`average_pool` that counts no padding."""

    @functools.wraps(average_pool)
    def pool(
        inputs: Any,
        pool_size: Any,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
    ) -> Any:
        if padding != "same":
            return average_pool(inputs, pool_size, strides, padding, data_format)
        order = data_format or keras.config.image_data_format()
        first = 1 if order == "channels_last" else 2
        sizes = tuple(inputs.shape[first : first + len(inputs.shape) - 2])
        windows = each(pool_size, len(sizes))
        steps = windows if strides is None else each(strides, len(sizes))
        pads = [sides(*one) for one in zip(sizes, windows, steps, strict=True)]
        if all(before == after for before, after in pads):
            return average_pool(inputs, pool_size, strides, padding, data_format)
        around: list[tuple[int, int]] = [(0, 0)] * len(inputs.shape)
        around[first : first + len(sizes)] = pads
        averages = average_pool(ops.pad(inputs, around), windows, steps, "valid", data_format)
        counts = np.ones(())
        for size, window, step, (before, _) in zip(sizes, windows, steps, pads, strict=True):
            counts = np.multiply.outer(counts, there(size, window, step, before))
        # Along the axes of examples and channels all are alike.
        counts = np.expand_dims(counts, (0, -1) if first == 1 else (0, 1))
        return averages * ops.convert_to_tensor(math.prod(windows) / counts, averages.dtype)

    return pool


def each(size: int | Sequence[int], axes: int) -> tuple[int, ...]:
    """A size for each axis, of one for all or one for each."""
    return (size,) * axes if isinstance(size, int) else tuple(size)


def sides(size: int, window: int, step: int) -> tuple[int, int]:
    """How many elements are padded before and after an axis with `padding="same"`."""
    total = max(0, (math.ceil(size / step) - 1) * step + window - size)
    return total // 2, total - total // 2


def there(size: int, window: int, step: int, before: int) -> np.ndarray:
    """How many elements of an axis each window holds."""
    starts = np.arange(math.ceil(size / step)) * step - before
    return np.minimum(starts + window, size) - np.maximum(starts, 0)
