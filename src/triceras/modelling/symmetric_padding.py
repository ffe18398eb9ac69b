"""Keras's symmetric padding on PyTorch, made to mirror what is at the edge."""

import functools
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.src import backend


def install() -> None:
    """Mends Keras's function, for all models of this process. Calling it again changes nothing.

    On PyTorch Keras repeats the outermost element instead.
    """
    functions: Any = backend.numpy
    if keras.backend.backend() == "torch" and not hasattr(functions.pad, "__wrapped__"):
        functions.pad = mirroring(functions.pad)


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
