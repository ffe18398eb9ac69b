"""Keras's symmetric padding on PyTorch, made to mirror what is at the edge."""

import functools
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.src import backend


def install() -> None:
    """Mends Keras's function, for all models of this process. Calling it again changes nothing.

    On PyTorch Keras repeats the outermost element instead. One width for all axes, `pad(x, 1)`,
    padded the last one alone there, and was an error on TensorFlow.
    """
    functions: Any = backend.numpy
    if hasattr(functions.pad, "__wrapped__"):
        return
    if keras.backend.backend() == "torch":
        functions.pad = along_all_axes(mirroring(functions.pad))
    elif keras.backend.backend() == "tensorflow":
        functions.pad = along_all_axes(functions.pad)


def along_all_axes(own: Any) -> Any:
    """`pad` that takes one width for all axes, as NumPy does."""

    @functools.wraps(own)
    def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Any:
        x = ops.convert_to_tensor(x)
        numbers = all(isinstance(width, int) for width in keras.tree.flatten(pad_width))
        if numbers and (np.ndim(pad_width) < 2 or len(pad_width) == 1):
            pad_width = np.broadcast_to(pad_width, (len(x.shape), 2)).tolist()
        return own(x, pad_width, mode, constant_values)

    return pad


def mirroring(pad: Any) -> Any:
    """`pad` whose mode `symmetric` is NumPy's."""

    @functools.wraps(pad)
    def mirrored(
        x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None
    ) -> Any:
        if mode != "symmetric" or constant_values is not None:
            return pad(x, pad_width, mode, constant_values)
        x = ops.convert_to_tensor(x)
        for axis, width in enumerate(pad_width):
            if tuple(width) != (0, 0):
                x = ops.take(x, np.pad(np.arange(x.shape[axis]), width, "symmetric"), axis)
        return x

    return mirrored
