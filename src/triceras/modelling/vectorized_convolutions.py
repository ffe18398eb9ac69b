"""Convolutions in `keras.ops.vectorized_map`, as with a kernel of its own for each example."""

import functools
from collections.abc import Callable
from typing import Any

import keras
from keras.src import backend

LAID_OUT = "_maybe_convert_to_channels_last"


def install() -> None:
    """Mends Keras's convolutions, for all models of this process. Calling it again changes nothing.

    On PyTorch they and the pooling layers ask how the numbers lie in memory, to have them lie where
    they are convolved fastest. PyTorch does not say so of what it vectorizes, and they failed.
    """
    nn: Any = backend.nn
    own = getattr(nn, LAID_OUT, None)
    if keras.backend.backend() == "torch" and own and not hasattr(own, "__wrapped__"):
        setattr(nn, LAID_OUT, functools.wraps(own)(functools.partial(laid_out, own)))


def laid_out(own: Callable[[Any], Any], tensor: Any) -> Any:
    """A tensor as it lies in memory for Keras, or as it is where that cannot be known."""
    try:
        return own(tensor)
    except RuntimeError:
        return tensor
