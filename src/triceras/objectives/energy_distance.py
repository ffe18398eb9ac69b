"""How far two samples are from one distribution."""

from typing import Any

from keras import ops


def energy_distance(x: Any, y: Any) -> Any:
    """2 E|X - Y| - E|X - X'| - E|Y - Y'|, estimated without bias.

    It is zero just where both distributions are one, so unlike a comparison of means and
    covariances it is not fooled by a Gaussian. Being unbiased, its mean over batches of any size
    estimates the same value, and it can fall a little below zero.

    Args:
        x: tensor `(n, ...)`, one sample.
        y: tensor `(n, ...)`, the other, as large.

    Returns:
        A scalar, in the unit of `x`.

    Reference:
        [Székely and Rizzo, 2013](https://doi.org/10.1016/j.jspi.2013.03.018).
    """
    count = ops.shape(x)[0]
    x, y = (ops.reshape(a, (count, -1)) for a in (x, y))
    apart = ops.sum(distances(x, y)) / (count * count)
    # An image is no pair with itself; a batch of one has no pair at all.
    pairs = max(count * (count - 1), 1)
    others = 1.0 - ops.eye(count, dtype=x.dtype)
    within = ops.sum((distances(x, x) + distances(y, y)) * others) / pairs
    return 2.0 * apart - within


def distances(x: Any, y: Any) -> Any:
    """The Euclidean distances `(n, m)` of the rows of `(n, k)` and `(m, k)`."""
    squares = ops.sum(x * x, axis=1)[:, None] + ops.sum(y * y, axis=1)[None, :]
    # Rounding may leave the square of a small distance below zero.
    return ops.sqrt(ops.maximum(squares - 2.0 * ops.matmul(x, ops.transpose(y)), 0.0))
