"""Keras's vectors of length 1, made to have one gradient where a vector has no length."""

from typing import Any

from keras import ops
from keras.src.ops import nn

OWN = nn._normalize


def install() -> None:
    """Mends Keras's function, for all models of this process. Calling it again changes nothing.

    Where a vector is 0, as an embedding after a `relu` that is off, its gradient was no number on
    JAX and PyTorch, and so were all weights after one step; on TensorFlow it was a number. Here it
    is TensorFlow's.
    """
    functions: Any = nn
    functions._normalize = normalized


def normalized(x: Any, axis: Any = -1, order: int = 2, epsilon: float | None = None) -> Any:
    """See `keras.ops.normalize`."""
    x = ops.convert_to_tensor(x)
    if order != 2 or not len(x.shape):
        return OWN(x, axis, order, epsilon)
    least = nn.backend.epsilon() if epsilon is None else epsilon
    square = ops.sum(ops.square(x), axis, keepdims=True)
    none = square <= least**2
    length = ops.rsqrt(ops.where(none, ops.ones_like(square), square))
    return x * ops.where(none, ops.full_like(square, 1.0 / least), length)
