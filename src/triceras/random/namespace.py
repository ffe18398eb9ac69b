"""Lets one function serve NumPy and Keras: it computes with whichever its arguments belong to."""

from typing import Any

import numpy as np


def ops_for(*values: Any) -> Any:
    """The namespace to compute with: `numpy` for host values only, else `keras.ops`."""
    if all(isinstance(v, int | float | np.ndarray | np.generic) for v in values):
        return np
    import keras

    return keras.ops


def cast(x: Any, dtype: str, ops: Any) -> Any:
    """Converts `x` to `dtype`; integers wrap around."""
    return np.asarray(x).astype(dtype) if ops is np else ops.cast(x, dtype)
