"""The moments of a batch, equally exact on all backends."""

from collections.abc import Sequence
from typing import Any

from keras import ops


def exact_moments(x: Any, axes: Sequence[int]) -> tuple[Any, Any]:
    """The mean and the variance over some axes, added up an axis at a time.

    TensorFlow on a CPU adds the numbers of all reduced axes one after another: over a batch of
    images the rounding of such a sum makes a variance wrong by 4e-5, where float32 could give 1e-7.
    A sum of sums adds up short rows, whose rounding stays small on each backend.

    Args:
        x: a batch, of numbers of 32 bits or more.
        axes: over which there is one mean and one variance.

    Returns:
        Both, without these axes.

    Reference:
        [Higham, 1993](https://doi.org/10.1137/0914050), for the error of sums in parts.
    """
    mean = mean_by_axes(x, axes)
    # From any constant deviations give the variance so, and derivatives of all orders; from this
    # one the first needs no pass over the inputs for what moves the mean.
    constant = ops.stop_gradient(mean)
    squares = mean_by_axes(ops.square(x - constant), axes)
    variance = squares - ops.square(mean - constant)
    return ops.squeeze(mean, tuple(axes)), ops.squeeze(variance, tuple(axes))


def mean_by_axes(x: Any, axes: Sequence[int]) -> Any:
    """The mean over some axes, which keep a length of 1."""
    count = 1
    for axis in sorted(axes, reverse=True):
        count *= ops.shape(x)[axis]
        x = ops.sum(x, axis=axis, keepdims=True)
    return x / ops.cast(count, x.dtype)
