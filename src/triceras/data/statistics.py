"""Statistics of data sets that may be larger than memory."""

from typing import Any

import numpy as np

ROWS_AT_ONCE = 4096


def mean_row(x: Any) -> np.ndarray:
    """The mean over rows, in float64, to the bit what `numpy.mean` gives.

    Args:
        x: an array or `RowsOnDisk`, `(n, features)`.

    Returns:
        An array `(features,)`.
    """
    total = np.zeros(x.shape[1:])
    for start in range(0, len(x), ROWS_AT_ONCE):
        # In one sum with the rows, so that the additions are those of one long sum.
        total = np.sum(np.concatenate([total[None], x[start : start + ROWS_AT_ONCE]]), axis=0)
    return total / len(x)
