"""Whether anybody has changed many numbers, without a look at them where nobody has."""

import dataclasses
from typing import Any

import keras
import numpy as np

from triceras.bits import same_bits


@dataclasses.dataclass(frozen=True, eq=False)
class Version:
    """What is equal as long as a variable or a tensor holds what it did.

    Args:
        value: the tensor; where tensors do not change, each value is another one.
        count: how often it was changed in place, where the backend counts that.
    """

    value: Any
    count: int | None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Version):
            return False
        if self.value is other.value:
            return self.count == other.count
        if not (self.is_current and other.is_current):
            return False
        return same_bits(*(np.asarray(keras.ops.convert_to_numpy(v.value)) for v in (self, other)))

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    @property
    def is_current(self) -> bool:
        """Whether the tensor still holds what it did."""
        return count_of(self.value) == self.count


def count_of(tensor: Any) -> int | None:
    """How often a tensor was changed in place; `None` where no tensor is, or nobody counts it."""
    try:
        return getattr(tensor, "_version", None)
    except RuntimeError:  # PyTorch's, of what was made in its inference mode
        return None


def version_of_tensor(tensor: Any) -> Version:
    """What a tensor is now."""
    return Version(tensor, count_of(tensor))


def version_of(variable: keras.Variable) -> Version:
    """What a variable is now; on TensorFlow always the same, whose steps look variables up."""
    return version_of_tensor(variable.value)
