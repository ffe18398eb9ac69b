"""Keras's images on PyTorch, left in memory as Keras has them: each pixel's channels together."""

import functools
from typing import Any

import keras
from keras.src import backend

NAME = "_transpose_spatial_inputs"


def install() -> None:
    """Mends Keras's function, for all models of this process. Calling it again changes nothing.

    On PyTorch, Keras copies what a convolution or a pooling is given so that each channel's pixels
    are together, and for a convolution back again. PyTorch computes both where they lie; a pooling,
    and all that follows it up to the next convolution, then keep to it as well.
    """
    if keras.backend.backend() == "torch":
        functions: Any = backend.nn
        theirs = getattr(functions, NAME)
        if not hasattr(theirs, "__wrapped__"):
            setattr(functions, NAME, where_they_lie(theirs, functions))


def where_they_lie(copied: Any, functions: Any) -> Any:
    """A view of images `(batch, height, width, channels)` in PyTorch's order of axes."""

    @functools.wraps(copied)
    def channels_first(inputs: Any) -> Any:
        if inputs.ndim != 4:
            return copied(inputs)
        # By its name, as it is mended itself.
        return functions._maybe_convert_to_channels_last(inputs.permute(0, 3, 1, 2))

    return channels_first
