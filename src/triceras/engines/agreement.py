"""Whether a step that is computed in another way, as by several devices, gives the same numbers."""

from typing import Any

import numpy as np

# How far results may be apart, of the largest number in each. Rounding alone can move what Adam
# makes of a gradient near 0 by 6e-3; what computes something else is farther off.
TOLERANCE = 2e-2
# What share of a tensor's elements rounding may decide: Adam's first step goes a fixed way in the
# direction of the gradient's sign, of which bfloat16 may leave nothing.
UNDECIDED = 0.05


# By how much of itself a weight is moved to see what rounding decides.
NUDGES = (1e-6, -1e-6, 2e-6)


def agree(alone: Any, together: Any, *nudged: Any) -> bool:
    """Whether an array is that of one device, but for rounding.

    Args:
        alone: of one device.
        together: of several.
        nudged: of one device, from weights that were moved by no more than rounding. Where rounding
            decides much of an array, it says nothing: the gradient of a bias before a batch
            normalisation is 0, and Adam's first step goes a fixed way in the direction of what
            rounding leaves of it.
    """
    if decided_by_rounding(alone, *nudged):
        return True
    return not np.size(alone) or float(np.mean(apart(alone, together))) <= UNDECIDED


def decided_by_rounding(alone: Any, *nudged: Any) -> bool:
    """Whether rounding decides much of an array; see `agree`."""
    undecided = [apart(alone, other) for other in nudged]
    return bool(undecided) and float(np.mean(np.any(undecided, axis=0))) > UNDECIDED


def differs_by_rounding(alone: Any, other: Any, *nudged: Any) -> bool:
    """Whether rounding decides much of an array, and what it does not decide is the same."""
    undecided = np.any([apart(alone, one) for one in nudged], axis=0)
    others = apart(alone, other) & ~undecided
    return decided_by_rounding(alone, *nudged) and float(np.mean(others)) <= UNDECIDED


def apart(alone: Any, other: Any) -> np.ndarray:
    """Which elements are others."""
    a, b = np.asarray(alone, "float64"), np.asarray(other, "float64")
    with np.errstate(invalid="ignore"):
        differ = np.abs(a - b) > TOLERANCE * np.max(np.nan_to_num(np.abs(a)), initial=0.0)
    return differ | (np.isnan(a) != np.isnan(b))


def moved(value: np.ndarray, nudge: float) -> np.ndarray:
    """An array whose elements are moved up and down in turn; whole numbers stay."""
    if not np.issubdtype(value.dtype, np.floating):
        return value
    signs = np.where(np.arange(value.size) % 2, 1.0, -1.0).reshape(value.shape)
    return (value * (1.0 + nudge * signs)).astype(value.dtype)
