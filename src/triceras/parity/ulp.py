"""The smallest change of a model's weights."""

from collections.abc import Sequence

import keras
import numpy as np


def move_by_one_ulp(variables: Sequence[keras.Variable], seed: int) -> None:
    """Moves each weight to the next number of its type, up or down at random.

    What a run makes of it is what rounding alone can make of it: each operation rounds by up to
    half as much.

    Args:
        variables: float variables; weights that are 0 stay, as their next number is no change.
        seed: of the directions.
    """
    rng = np.random.default_rng(seed)
    for variable in variables:
        value = np.array(keras.ops.convert_to_numpy(variable.value))
        towards = np.where(rng.random(value.shape) < 0.5, -np.inf, np.inf).astype(value.dtype)
        variable.assign(np.where(value == 0, value, np.nextafter(value, towards)))
