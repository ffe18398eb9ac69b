"""Gamma and beta numbers."""

from typing import Any

import numpy as np
from keras import ops

from triceras.random.bits import uniform_from_key
from triceras.random.keys import split
from triceras.random.namespace import cast
from triceras.random.normal import normal_from_key
from triceras.random.seeds import dimensions, draw_key, float_dtype

# At most one proposal in 20 is rejected, so all are for one number in 6e7; it takes the last one.
PROPOSALS = 6
SMALLEST = 1e-30


def gamma(shape: Any, alpha: Any, dtype: Any = None, seed: Any = None) -> Any:
    """Draws from Gamma(alpha, 1); see `keras.random.gamma`. No gradient reaches `alpha`."""
    value, log_factor = gamma_from_key(draw_key(seed), dimensions(shape), alpha)
    return ops.cast(value * ops.exp(log_factor), float_dtype(dtype))


def beta(shape: Any, alpha: Any, beta: Any, dtype: Any = None, seed: Any = None) -> Any:
    """Draws from Beta(alpha, beta); see `keras.random.beta`. No gradient reaches the parameters.

    X / (X + Y) for two gamma numbers, computed from their logarithms, since both may underflow.
    """
    keys = split(draw_key(seed), 2)
    a, log_factor_a = gamma_from_key(keys[0], dimensions(shape), alpha)
    b, log_factor_b = gamma_from_key(keys[1], dimensions(shape), beta)
    log_ratio = ops.log(a) - ops.log(b) + (log_factor_a - log_factor_b)
    return ops.cast(ops.sigmoid(log_ratio), float_dtype(dtype))


def gamma_from_key(key: Any, shape: Any, alpha: Any, ops: Any = ops) -> tuple[Any, Any]:
    """Draws from Gamma(alpha, 1) by rejection, with a fixed number of proposals.

    Args:
        key: an integer array `(2,)`; see `keys`.
        shape: integers; on TensorFlow some may be scalar tensors.
        alpha: positive, broadcasts to `shape`.
        ops: `keras.ops` or `numpy`, whichever the key belongs to.

    Returns:
        A float32 array of `shape`, and the logarithm of a factor that belongs to it.

    Reference:
        [Marsaglia and Tsang, 2000](https://doi.org/10.1145/358407.358414), A simple method for
        generating gamma variables; section 6 for alpha < 1.
    """
    keys = split(key, 3)
    alpha = ops.broadcast_to(cast(alpha, "float32", ops), shape)
    if ops is not np:
        alpha = ops.stop_gradient(alpha)
    boosted = alpha < 1.0
    d = ops.where(boosted, alpha + 1.0, alpha) - 1.0 / 3.0
    own = np.asarray if ops is np else ops.convert_to_tensor
    x = own(normal_from_key(keys[0], (PROPOSALS, *shape)))
    u = own(uniform_from_key(keys[1], (PROPOSALS, *shape)))
    v = (1.0 + x / ops.sqrt(9.0 * d)) ** 3
    positive = ops.maximum(v, SMALLEST)
    bound = 0.5 * x * x + d * (1.0 - positive + ops.log(positive))
    accepted = ops.logical_and(v > 0.0, ops.log(ops.maximum(u, SMALLEST)) < bound)
    result = positive[-1]
    for i in reversed(range(PROPOSALS - 1)):
        result = ops.where(accepted[i], positive[i], result)
    # From (0, 1], where the logarithm is finite.
    u = 1.0 - own(uniform_from_key(keys[2], shape))
    return d * result, ops.where(boosted, ops.log(u) / alpha, ops.zeros_like(u))
