"""Keras's functions that go in steps, made to have a gradient of 0 on PyTorch too."""

import functools
from collections.abc import Callable
from typing import Any

import keras
from keras import ops
from keras.src import backend

NAMES = ("floor_divide", "heaviside")


def install() -> None:
    """Mends Keras's functions, for all models of this process. Calling it again changes nothing.

    PyTorch has no gradient of them, and ended the training of a model with one within.
    """
    functions: Any = backend.numpy
    if keras.backend.backend() == "torch" and not hasattr(functions.heaviside, "__wrapped__"):
        for name in NAMES:
            setattr(functions, name, flat(getattr(functions, name)))


def flat(own: Callable[..., Any]) -> Callable[..., Any]:
    """A function of two, by which nothing is differentiated."""

    @functools.wraps(own)
    def function(x1: Any, x2: Any) -> Any:
        return own(*map(without_slope, (x1, x2)))

    return function


def without_slope(x: Any) -> Any:
    """A number as it is, and of an array what has no gradient."""
    return x if isinstance(x, int | float) else ops.stop_gradient(ops.convert_to_tensor(x))
