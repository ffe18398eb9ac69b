"""Arrays of the host made of tensors, and the other way round."""

from collections.abc import Iterable, Sequence
from typing import Any

import keras
import numpy as np

from triceras.engines.contract import Logs


def tensors(batch: Iterable[np.ndarray]) -> list[Any]:
    """Copies, as PyTorch would share its tensors' memory with the data."""
    return [keras.ops.convert_to_tensor(np.array(array)) for array in batch]


def stack(steps: Sequence[Logs]) -> Logs:
    """A dictionary of arrays from a sequence of dictionaries of scalars."""
    # NumPy has no bfloat16, in which a loss may be.
    values = {
        name: [keras.ops.convert_to_numpy(keras.ops.cast(step[name], "float32")) for step in steps]
        for name in steps[0]
    }
    return {name: np.stack(value) for name, value in values.items()}
