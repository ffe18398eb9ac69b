"""Keras's norms, made to be there for all axes, and to have one gradient where a number is 0."""

import functools
from collections.abc import Callable
from typing import Any

import keras
from keras import ops
from keras.src import backend

from triceras.modelling.kinks import is_float


def install() -> None:
    """Mends Keras's function, for all models of this process. Calling it again changes nothing.

    On JAX the gradient of a sum of absolute values, `norm(x, 1)`, was 1 where a number is 0, so
    that as a penalty it moved weights of 0. TensorFlow had no `norm(x)` of more than two axes, and
    turned the axes of the nuclear and the spectral norm with `keepdims`.
    """
    functions: Any = backend.linalg
    mends = {"jax": with_absolute_values, "tensorflow": of_all_axes}
    mend = mends.get(keras.backend.backend())
    if mend is not None and not hasattr(functions.norm, "__wrapped__"):
        functions.norm = mend(functions.norm)


def with_absolute_values(own: Callable[..., Any]) -> Callable[..., Any]:
    """`norm` that adds up what `keras.ops.abs` gives."""

    @functools.wraps(own)
    def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
        x = ops.convert_to_tensor(x)
        of_vectors = isinstance(axis, int) or (axis is None and len(x.shape) == 1)
        if ord != 1 or not of_vectors or not is_float(x):
            return own(x, ord, axis, keepdims)
        return ops.sum(ops.abs(x), axis, keepdims=keepdims)

    return norm


def of_all_axes(own: Callable[..., Any]) -> Callable[..., Any]:
    """`norm` of any number of axes, which are where they were if they are kept."""

    @functools.wraps(own)
    def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
        x = ops.convert_to_tensor(x)
        if axis is None and ord is None and len(x.shape) > 2:
            found = own(ops.reshape(x, (-1,)))
            return ops.reshape(found, (1,) * len(x.shape)) if keepdims else found
        if keepdims and ord in ("nuc", 2, -2) and is_a_pair(axis, x):
            axes = axis or (0, 1)
            return ops.expand_dims(own(x, ord, axes), sorted(a % len(x.shape) for a in axes))
        return own(x, ord, axis, keepdims)

    return norm


def is_a_pair(axis: Any, x: Any) -> bool:
    """Whether a norm is one of matrices."""
    return len(x.shape) == 2 if axis is None else not isinstance(axis, int) and len(axis) == 2
