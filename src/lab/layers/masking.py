"""What layers that add up their inputs do with a mask."""

from typing import Any

from keras import ops


def zero_where_masked(x: Any, mask: Any) -> Any:
    """Replaces what a mask leaves out by zeros.

    Args:
        x: a tensor.
        mask: booleans of the leading axes of `x`, `False` where it is to be left out, or `None`.

    Returns:
        A tensor of the shape of `x`.
    """
    if mask is None:
        return x
    missing = len(x.shape) - len(mask.shape)
    return ops.where(ops.reshape(mask, (*ops.shape(mask), *[1] * missing)), x, ops.zeros_like(x))
