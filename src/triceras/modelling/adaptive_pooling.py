"""Keras's pooling to a given size, made of its other pooling."""

import functools
from collections.abc import Callable
from typing import Any

import keras
from keras import ops
from keras.src import backend

from triceras.modelling.average_pooling import each

NAMES = {"adaptive_average_pool": "average_pool", "adaptive_max_pool": "max_pool"}


def install() -> None:
    """Mends Keras's functions, for all models of this process. Calling it again changes nothing.

    Where windows overlap, as of seven places at seven, JAX's read beyond the end: it gave other
    numbers, and none at last. TensorFlow's process ended where maxima are pooled to size 1. Of
    equal maxima, as many are after a `relu`, PyTorch's gave the gradient to another one.
    """
    functions: Any = backend.nn
    for name, plain in NAMES.items():
        own = getattr(functions, name)
        if not hasattr(own, "__wrapped__"):
            setattr(functions, name, by_windows(own, plain))


def by_windows(own: Callable[..., Any], plain: str) -> Callable[..., Any]:
    """Pooling to a size, axis by axis, by the pooling that has this name."""

    @functools.wraps(own)
    def adaptive(inputs: Any, output_size: Any, data_format: str | None = None) -> Any:
        inputs = ops.convert_to_tensor(inputs)
        order = data_format or keras.config.image_data_format()
        first = 1 if order == "channels_last" else 2
        rank = len(inputs.shape) - 2
        lengths, sizes = tuple(inputs.shape[first : first + rank]), each(output_size, rank)
        if None in lengths or None in sizes:
            return own(inputs, output_size, data_format)
        # By its name, as pooling is mended too.
        pool = getattr(backend.nn, plain)
        if not any(length % size for length, size in zip(lengths, sizes, strict=True)):
            windows = tuple(a // b for a, b in zip(lengths, sizes, strict=True))
            return pool(inputs, windows, windows, "valid", order)
        for place, (length, size) in enumerate(zip(lengths, sizes, strict=True)):
            if length == size:
                continue
            parts = []
            for start, end in windows_of(length, size):
                window = tuple(end - start if other == place else 1 for other in range(rank))
                part = ops.take(inputs, range(start, end), first + place)
                parts.append(pool(part, window, (1,) * rank, "valid", order))
            inputs = ops.concatenate(parts, first + place)
        return inputs

    return adaptive


def windows_of(length: int, size: int) -> list[tuple[int, int]]:
    """The first place of each window, and the one after its last, as all frameworks have them."""
    return [(i * length // size, -(-(i + 1) * length // size)) for i in range(size)]
