"""Keras's functions with a kink, made to have one and the same gradient in it on every backend."""

import functools
from typing import Any

import keras
from keras import ops
from keras.src import backend

# Of Klambauer et al. (2017), https://arxiv.org/abs/1706.02515
ALPHA = 1.6732632423543772
SCALE = 1.0507009873554805
MENDED = "with_one_gradient"


def install() -> None:
    """Mends Keras's functions, for all models of this process. Calling it again changes nothing.

    Where an image is black, or text is padded, and biases begin with 0, what an activation is given
    is 0 itself. There TensorFlow's gradient of `celu` was 2 for 1, and of `selu` 1.05 for 1.76, and
    its `maximum` and `minimum` of two that are equal gave all of it to the first one, for half to
    each. PyTorch's of `hard_tanh` was 0 at -1 and 1. JAX's of `abs` and `fabs` was 1 for 0, so that
    an L1 penalty moved biases of 0, and an absolute error outputs that are right; of `leaky_relu`
    it was 1 for the slope, at the borders of `clip` a half for 1, and of `sparse_sigmoid` for 0.
    """
    functions: Any = backend.nn
    if hasattr(functions, MENDED):
        return
    setattr(functions, MENDED, True)
    if keras.backend.backend() == "tensorflow":
        functions.selu = of_floats(functions.selu, selu)
        functions.celu = of_floats(functions.celu, celu)
        functions = backend.numpy
        functions.maximum = by_halves(functions.maximum)
        functions.minimum = by_halves(functions.minimum)
    elif keras.backend.backend() == "torch":
        functions.hard_tanh = of_floats(functions.hard_tanh, hard_tanh)
    elif keras.backend.backend() == "jax":
        functions.leaky_relu = of_floats(functions.leaky_relu, leaky_relu)
        functions.sparse_sigmoid = of_floats(functions.sparse_sigmoid, sparse_sigmoid)
        functions = backend.numpy
        functions.abs = functions.absolute = flat_at_0(functions.absolute)
        functions.fabs = flat_at_0(functions.fabs)
        functions.clip = with_borders(functions.clip)


def of_floats(own: Any, ours: Any) -> Any:
    """Another function for numbers with a fraction."""

    @functools.wraps(own)
    def function(x: Any, *arguments: Any, **options: Any) -> Any:
        x = ops.convert_to_tensor(x)
        return (ours if is_float(x) else own)(x, *arguments, **options)

    return function


def is_float(x: Any) -> bool:
    """Whether an array holds numbers with a fraction."""
    return keras.backend.is_float_dtype(x.dtype)


def selu(x: Any) -> Any:
    """See `keras.ops.selu`."""
    return SCALE * curved(x, ALPHA, 1.0)


def celu(x: Any, alpha: float = 1.0) -> Any:
    """See `keras.ops.celu`."""
    return curved(x, alpha, alpha)


def curved(x: Any, height: float, width: float) -> Any:
    """What is above 0, and an exponential below."""
    above = x > 0
    # Of what is far above 0 the exponential has no number.
    return ops.where(above, x, height * ops.expm1(ops.where(above, ops.zeros_like(x), x) / width))


def hard_tanh(x: Any) -> Any:
    """See `keras.ops.hard_tanh`."""
    return ops.clip(x, -1.0, 1.0)


def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """See `keras.ops.leaky_relu`."""
    return ops.where(x > 0, x, negative_slope * x)


def sparse_sigmoid(x: Any) -> Any:
    """See `keras.ops.sparse_sigmoid`."""
    inside = ops.logical_and(x > -1, x < 1)
    return ops.where(inside, 0.5 * (x + 1), ops.cast(x >= 1, x.dtype))


def flat_at_0(absolute: Any) -> Any:
    """`absolute` whose gradient at 0 is 0."""

    @functools.wraps(absolute)
    def of_any(x: Any) -> Any:
        x = ops.convert_to_tensor(x)
        found = absolute(x)
        return ops.where(x == 0, ops.zeros_like(found), found) if is_float(x) else found

    return of_any


def with_borders(clip: Any) -> Any:
    """`clip` that has a gradient at its borders."""

    @functools.wraps(clip)
    def clipped(x: Any, x_min: Any, x_max: Any) -> Any:
        x = ops.convert_to_tensor(x)
        found = clip(x, x_min, x_max)
        if not is_float(x):
            return found
        x, x_min, x_max = (ops.cast(one, found.dtype) for one in (x, x_min, x_max))
        x = ops.where(x < x_min, x_min, x)
        return ops.where(x > x_max, x_max, x)

    return clipped


def by_halves(extreme: Any) -> Any:
    """`maximum` or `minimum` whose gradient is half of each where two are equal."""

    @functools.wraps(extreme)
    def of_two(x1: Any, x2: Any) -> Any:
        found = extreme(x1, x2)
        if any(hasattr(x, "values") for x in (x1, x2, found)) or not is_float(found):
            return found
        x1, x2 = (ops.cast(x, found.dtype) for x in (x1, x2))
        return ops.where(x1 == x2, x1 * 0.5 + x2 * 0.5, found)

    return of_two
