"""Uniform numbers and integers."""

from typing import Any

import numpy as np
from keras import ops

from triceras.random.bits import UNIFORM_BITS, random_bits, uniform_from_key
from triceras.random.seeds import dimensions, draw_key, float_dtype, parameter

# The bits that each type holds exactly: one more could round up to the excluded end.
BITS = {"float16": 11, "bfloat16": 8}
INT32_RANGE = (-(2**31), 2**31)


def uniform(
    shape: Any, minval: Any = 0.0, maxval: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Draws uniformly from [minval, maxval); see `keras.random.uniform`."""
    dtype = float_dtype(dtype)
    x = uniform_from_key(draw_key(seed), dimensions(shape), bits=BITS.get(dtype, UNIFORM_BITS))
    x = ops.convert_to_tensor(x)
    minval, maxval = parameter(minval), parameter(maxval)
    plain = isinstance(minval, int | float) and isinstance(maxval, int | float)
    if not plain:
        x = x * (maxval - minval) + minval
    elif (minval, maxval) != (0, 1):
        last = float(np.nextafter(np.float32(maxval), np.float32(minval)))
        x = ops.minimum(x * (maxval - minval) + minval, last)
    return ops.cast(x, dtype)


def randint(shape: Any, minval: Any, maxval: Any, dtype: Any = "int32", seed: Any = None) -> Any:
    """Draws integers uniformly from [minval, maxval); see `keras.random.randint`.

    The probability of an integer is off by less than 2^-32.

    Raises:
        ValueError: a bound is outside the range of int32, which is all that JAX computes with.
    """
    low, high = INT32_RANGE
    for bound in (minval, maxval):
        if isinstance(bound, int) and not low <= bound <= high:
            raise ValueError(
                f"randint: {bound} is outside the range of int32, which portable integers keep to"
            )
    bits = ops.convert_to_tensor(random_bits(draw_key(seed), dimensions(shape)))
    minval, maxval = (wrapped_int32(bound) for bound in (minval, maxval))
    return ops.cast(multiply_high(bits, maxval - minval) + minval, dtype)


def wrapped_int32(x: Any) -> Any:
    """Turns a bound into an int32 tensor; 2^31, a bound that is itself excluded, wraps around."""
    return ops.convert_to_tensor(
        np.asarray(x).astype("int32") if isinstance(x, int) else x, "int32"
    )


def multiply_high(x: Any, y: Any) -> Any:
    """The upper 32 of the 64 bits of a product of unsigned integers kept in int32.

    Reference:
        Warren, Hacker's Delight, 2nd edition, section 8-2.
    """
    x_high, x_low = halves(x)
    y_high, y_low = halves(y)
    middle_high, middle_low = halves(x_high * y_low + halves(x_low * y_low)[0])
    return x_high * y_high + middle_high + halves(x_low * y_high + middle_low)[0]


def halves(x: Any) -> tuple[Any, Any]:
    """The upper and the lower 16 bits of an int32, both as numbers from 0 to 65535."""
    return ops.bitwise_right_shift(x, 16) & 0xFFFF, x & 0xFFFF
