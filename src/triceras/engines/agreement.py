"""Whether a step that several devices share gives the numbers of one."""

from typing import Any

import numpy as np

# How far results may be apart, of the largest number in each. Rounding alone can move what Adam
# makes of a gradient near 0 by 6e-3; what computes something else is farther off.
TOLERANCE = 2e-2
# What share of a tensor's elements rounding may decide: Adam's first step goes a fixed way in the
# direction of the gradient's sign, of which bfloat16 may leave nothing.
UNDECIDED = 0.05


def agree(alone: Any, together: Any) -> bool:
    """Whether an array is that of one device, but for rounding."""
    a, b = np.asarray(alone, "float64"), np.asarray(together, "float64")
    if not a.size:
        return True
    with np.errstate(invalid="ignore"):
        apart = np.abs(a - b) > TOLERANCE * np.nan_to_num(np.abs(a)).max()
    apart |= np.isnan(a) != np.isnan(b)
    return float(apart.mean()) <= UNDECIDED
