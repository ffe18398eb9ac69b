"""Normal numbers, by the inverse of the distribution function."""

import math
from typing import Any

from keras import ops

from triceras.random.bits import random_bits
from triceras.random.inverse_erf import inverse_erf
from triceras.random.namespace import cast, ops_for
from triceras.random.seeds import dimensions, draw_key, float_dtype, parameter, to_scale

TRUNCATION = 2.0


def normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Draws from N(mean, stddev^2); see `keras.random.normal`."""
    x = normal_from_key(draw_key(seed), dimensions(shape))
    return scaled(x, mean, stddev, dtype)


def truncated_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Draws from N(mean, stddev^2) within two `stddev`; see `keras.random.truncated_normal`."""
    x = normal_from_key(draw_key(seed), dimensions(shape), truncation=TRUNCATION)
    return scaled(x, mean, stddev, dtype)


def normal_from_key(key: Any, shape: Any, ops: Any = None, truncation: float | None = None) -> Any:
    """Draws from N(0, 1).

    Args:
        key: an integer array `(2,)`; see `keys`.
        shape: integers; on TensorFlow some may be scalar tensors.
        ops: `keras.ops` or `numpy`; by default the one that key and shape belong to.
        truncation: the largest absolute value, or `None`.

    Returns:
        A float32 array of `shape`. The backends agree but for the last bits, in which their
        logarithms and their order of rounding differ.
    """
    ops = ops or ops_for(key, *shape)
    # An odd multiple of 2^-24 in (-1, 1): symmetric, and neither end can come up.
    odd = ops.bitwise_right_shift(random_bits(key, shape, ops), 7) | 1
    x = cast(odd, "float32", ops) * 2.0**-24
    if truncation is None:
        return inverse_erf(x, ops) * math.sqrt(2)
    x = x * math.erf(truncation / math.sqrt(2))
    return ops.clip(inverse_erf(x, ops) * math.sqrt(2), -truncation, truncation)


def scaled(x: Any, mean: Any, stddev: Any, dtype: Any) -> Any:
    """Turns N(0, 1) into N(mean, stddev^2), computed in float32."""
    dtype, mean, stddev = float_dtype(dtype), parameter(mean), parameter(stddev)
    x, namespace = to_scale(x, mean, stddev, dtype)
    # Told its type, as in `uniform`.
    return ops.convert_to_tensor(cast(x * stddev + mean, dtype, namespace), dtype)
