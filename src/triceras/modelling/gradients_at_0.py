"""Keras's functions, made to have one gradient at 0 on every backend."""

import functools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.src import backend

from triceras.modelling.addition import is_dense
from triceras.modelling.kinks import is_float, of_floats

MENDED = "with_a_gradient_at_0"


def install() -> None:
    """Mends Keras's functions, for all models of this process. Calling it again changes nothing.

    Where a feature is 0, as where it is missing or padded, the gradient of its power of 0 was no
    number on TensorFlow, nor on JAX where exponents are an array, and so were all weights after one
    step; that of `sinc` on TensorFlow alike, and that of `fmod` was 0 for 1 there. That of `hypot`
    was not shared by two numbers of one size on TensorFlow, which is no kink; where both are 0, in
    the one kink that it has, it is 0, as that of `abs` is, and was another on each backend.
    """
    functions: Any = backend.numpy
    if hasattr(functions, MENDED):
        return
    setattr(functions, MENDED, True)
    functions.hypot = of_two_floats(functions.hypot, hypot)
    if keras.backend.backend() in ("jax", "tensorflow"):
        functions.power = flat_where_1(functions.power)
    if keras.backend.backend() == "tensorflow":
        functions.fmod = of_two_floats(functions.fmod, fmod)
        functions.sinc = of_floats(functions.sinc, flat_at_the_top(functions.sinc))


def of_two_floats(own: Callable[..., Any], ours: Callable[..., Any]) -> Callable[..., Any]:
    """Another function for two numbers with a fraction, which it is given as one type."""

    @functools.wraps(own)
    def function(x1: Any, x2: Any) -> Any:
        x1, x2 = ops.convert_to_tensor(x1), ops.convert_to_tensor(x2)
        dtype = keras.backend.result_type(x1.dtype, x2.dtype)
        if not keras.backend.is_float_dtype(dtype):
            return own(x1, x2)
        return ours(ops.cast(x1, dtype), ops.cast(x2, dtype))

    return function


def hypot(x1: Any, x2: Any) -> Any:
    """See `keras.ops.hypot`: the root of a sum, of numbers whose squares are not too large."""
    size = ops.stop_gradient(ops.maximum(ops.abs(x1), ops.abs(x2)))
    none, endless = size == 0, ops.isinf(size)
    size = ops.where(none | endless, ops.ones_like(size), size)
    squares = ops.square(x1 / size) + ops.square(x2 / size)
    root = size * ops.sqrt(ops.where(none, ops.ones_like(squares), squares))
    return ops.where(none, ops.zeros_like(root), ops.where(endless, float("inf"), root))


def fmod(x1: Any, x2: Any) -> Any:
    """See `keras.ops.fmod`: it multiplies by no sign, which 0 has none of."""
    by = ops.abs(x2)
    return ops.where(x1 < 0, -ops.mod(-x1, by), ops.mod(x1, by))


def flat_where_1(own: Callable[..., Any]) -> Callable[..., Any]:
    """`power` whose gradient is 0 where the exponent is 0."""

    @functools.wraps(own)
    def power(x1: Any, x2: Any) -> Any:
        if isinstance(x2, int | float) and x2 != 0:
            return own(x1, x2)
        if not hasattr(x1, "dtype") or not is_float(x1):
            return own(x1, x2)
        if is_dense(x1) and len(x1.shape) == 0 and len(np.shape(x2)) == 0:
            # As optimizers do for each weight, in each step, without a gradient.
            return own(x1, x2)
        exponent = ops.convert_to_tensor(x2)
        none = exponent == 0
        # The gradient of what is taken to the power is `0 * x ** -1` there.
        return own(ops.where(ops.logical_and(none, x1 == 0), ops.ones_like(x1), x1), x2)

    return power


def flat_at_the_top(own: Callable[..., Any]) -> Callable[..., Any]:
    """`sinc` that divides by no 0."""

    def sinc(x: Any) -> Any:
        top = x == 0
        return ops.where(top, ops.ones_like(x), own(ops.where(top, ops.ones_like(x), x)))

    return sinc
