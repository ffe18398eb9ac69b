"""Arrays of the host made of tensors, and the other way round."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from triceras.engines.contract import Logs


def tensors(tree: Any) -> Any:
    """Tensors of a tree of arrays: copies, as PyTorch would share its memory with the data."""

    def tensor(array: Any) -> Any:
        return None if array is None else keras.ops.convert_to_tensor(np.array(array))

    return keras.tree.map_structure(tensor, tree)


def length(tree: Any) -> int:
    """The number of rows of a tree of arrays."""
    return len(keras.tree.flatten(tree)[0])


def stack(steps: Sequence[Logs]) -> Logs:
    """A dictionary of arrays from a sequence of dictionaries of scalars."""
    # NumPy has no bfloat16, in which a loss may be.
    values = {
        name: [keras.ops.convert_to_numpy(keras.ops.cast(step[name], "float32")) for step in steps]
        for name in steps[0]
    }
    return {name: np.stack(value) for name, value in values.items()}
