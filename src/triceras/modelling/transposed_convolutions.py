"""Keras's transposed convolution on TensorFlow, made to take what else ended the process."""

import functools
import math
from collections.abc import Callable
from typing import Any

import keras
from keras import ops
from keras.src import backend

from triceras.modelling.average_pooling import each


def install() -> None:
    """Mends Keras's function, for all models of this process. Calling it again changes nothing.

    With `padding="same"` and an `output_padding` that makes the result shorter than the strides
    ask for, as 0 does for a kernel of even size, TensorFlow raised an error of its kernel, or
    ended the process. Channels that come first it refuses on some processors.
    """
    functions: Any = backend.nn
    own = functions.conv_transpose
    if keras.backend.backend() == "tensorflow" and not hasattr(own, "__wrapped__"):
        functions.conv_transpose = cut_to_size(own)


def cut_to_size(own: Callable[..., Any]) -> Callable[..., Any]:
    """`conv_transpose` that cuts such results out of longer ones, as JAX and PyTorch have them."""

    @functools.wraps(own)
    def conv_transpose(
        inputs: Any,
        kernel: Any,
        strides: Any = 1,
        padding: str = "valid",
        output_padding: Any = None,
        data_format: str | None = None,
        dilation_rate: Any = 1,
    ) -> Any:
        rest = ("channels_last", dilation_rate)
        if (data_format or keras.config.image_data_format()) == "channels_first":
            last = ops.moveaxis(inputs, 1, -1)
            found = conv_transpose(last, kernel, strides, padding, output_padding, *rest)
            return ops.moveaxis(found, -1, 1)
        rank = len(inputs.shape) - 2
        lengths = tuple(inputs.shape[1:-1])
        if padding != "same" or output_padding is None or None in lengths:
            return own(inputs, kernel, strides, padding, output_padding, *rest)
        steps, more, apart = (each(one, rank) for one in (strides, output_padding, dilation_rate))
        windows = [(size - 1) * by + 1 for size, by in zip(kernel.shape[:rank], apart, strict=True)]
        sizes = [
            (length - 1) * step + window % 2 + one
            for length, step, window, one in zip(lengths, steps, windows, more, strict=True)
        ]
        fits = all(
            math.ceil(size / step) == length
            for size, step, length in zip(sizes, steps, lengths, strict=True)
        )
        if fits:
            return own(inputs, kernel, strides, padding, output_padding, *rest)
        whole = own(inputs, kernel, strides, "valid", None, *rest)
        cut: list[slice] = [slice(None)]
        for size, length, step, window in zip(sizes, lengths, steps, windows, strict=True):
            start = ((length - 1) * step + window - size) // 2
            cut.append(slice(start, start + size))
        return ops.convert_to_tensor(whole)[tuple(cut)]

    return conv_transpose
