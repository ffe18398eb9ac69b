"""Keras's sparse probabilities, made to add up to 1."""

from typing import Any

from keras import ops
from keras.src import backend


def install() -> None:
    """Mends Keras's function, for all models of this process. Calling it again changes nothing.

    Keras subtracts a threshold that is too high wherever more than one probability is above 0: they
    were all 0 for two that are equal. And in its kink the gradient was half on JAX.
    """
    functions: Any = backend.nn
    functions.sparsemax = sparsemax


def sparsemax(x: Any, axis: int = -1) -> Any:
    """See `keras.ops.sparsemax`.

    Reference:
        [Martins & Astudillo, 2016](https://arxiv.org/abs/1602.02068)
    """
    x = ops.convert_to_tensor(x)
    falling = ops.flip(ops.sort(x, axis), axis)
    shape = [1] * len(x.shape)
    shape[axis] = -1
    count = ops.reshape(ops.arange(1, x.shape[axis] + 1, dtype=x.dtype), shape)
    above = 1 + count * falling > ops.cumsum(falling, axis)
    total = ops.sum(ops.where(above, falling, ops.zeros_like(falling)), axis, keepdims=True)
    number = ops.sum(ops.cast(above, x.dtype), axis, keepdims=True)
    return ops.relu(x - (total - 1) / number)
