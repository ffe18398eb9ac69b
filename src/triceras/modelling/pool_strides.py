"""Keras's pooling on JAX, made to take windows side by side where it is told no strides."""

import functools
from collections.abc import Callable
from typing import Any

import keras
from keras.src import backend

from triceras.modelling.average_pooling import each

NAMES = ("max_pool", "average_pool")


def install() -> None:
    """Mends Keras's functions, for all models of this process. Calling it again changes nothing.

    `keras.ops.max_pool(x, 2)` without strides was an error on JAX.
    """
    functions: Any = backend.nn
    if keras.backend.backend() == "jax" and not hasattr(functions.max_pool, "__wrapped__"):
        for name in NAMES:
            setattr(functions, name, side_by_side(getattr(functions, name)))


def side_by_side(own: Callable[..., Any]) -> Callable[..., Any]:
    """Pooling whose strides are the sizes of its windows."""

    @functools.wraps(own)
    def pool(
        inputs: Any,
        pool_size: Any,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
    ) -> Any:
        strides = each(pool_size, len(inputs.shape) - 2) if strides is None else strides
        return own(inputs, pool_size, strides, padding, data_format)

    return pool
