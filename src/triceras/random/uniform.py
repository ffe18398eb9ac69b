"""Uniform numbers and integers."""

from typing import Any

import numpy as np
from keras import ops

from triceras.random.bits import random_bits, uniform_from_key
from triceras.random.namespace import cast
from triceras.random.seeds import dimensions, draw_key, float_dtype, parameter, to_scale

INT32_RANGE = (-(2**31), 2**31)


def uniform(
    shape: Any, minval: Any = 0.0, maxval: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Draws uniformly from [minval, maxval); see `keras.random.uniform`."""
    dtype = float_dtype(dtype)
    x = uniform_from_key(draw_key(seed), dimensions(shape))
    numbers = [bound for bound in (minval, maxval) if isinstance(bound, int | float)]
    if numbers == [0, 1] and dtype == "float32":
        return ops.convert_to_tensor(x, dtype)
    low, high = parameter(minval), parameter(maxval)
    x, namespace = to_scale(x, low, high, dtype)
    x = cast(x * (high - low) + low, dtype, namespace)
    # What rounds up to the excluded end becomes the other end, to which only half as many round.
    below = x < cast(maxval, dtype, namespace)
    x = namespace.where(below, x, cast(minval, dtype, namespace))
    # JAX would compile a program for each shape of an array whose type it is not told.
    return ops.convert_to_tensor(x, dtype)


def randint(shape: Any, minval: Any, maxval: Any, dtype: Any = "int32", seed: Any = None) -> Any:
    """Draws integers uniformly from [minval, maxval); see `keras.random.randint`.

    The probability of an integer is off by less than 2^-32.

    Raises:
        ValueError: a bound is outside the range of int32, which is all that JAX computes with, or
            there is no integer to draw.
    """
    numbers = [bound for bound in (minval, maxval) if isinstance(bound, int | np.integer)]
    check_bounds(numbers)
    bits = ops.convert_to_tensor(random_bits(draw_key(seed), dimensions(shape)))
    # Every word is one of all 2^32 integers, whose number would wrap around to 0.
    if numbers == list(INT32_RANGE):
        return ops.cast(bits, dtype)
    minval, maxval = (wrapped_int32(bound) for bound in (minval, maxval))
    return ops.cast(multiply_high(bits, maxval - minval) + minval, dtype)


def check_bounds(bounds: list[Any]) -> None:
    """Checks those bounds that are numbers, not tensors, before int32 wraps them around."""
    low, high = INT32_RANGE
    for bound in bounds:
        if not low <= bound <= high:
            raise ValueError(
                f"randint: {bound} is outside the range of int32, which portable integers keep to"
            )
    if len(bounds) == 2 and bounds[0] >= bounds[1]:
        raise ValueError(f"randint: [{bounds[0]}, {bounds[1]}) holds no integer; raise maxval")


def wrapped_int32(x: Any) -> Any:
    """Turns a bound into an int32 tensor; 2^31, a bound that is itself excluded, wraps around."""
    return ops.convert_to_tensor(
        np.asarray(x).astype("int32") if isinstance(x, int | np.integer) else x, "int32"
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
