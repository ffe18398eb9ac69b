"""Where a tensor of a spread step lies: whole in each place, a share in each, or as a sum."""

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

WHOLE = None


@dataclasses.dataclass(eq=False)
class Placed:
    """A tensor of a step as the places of a run have it, processes or devices.

    Args:
        local: what a process has; on several devices of one process what each has, or the whole.
        shape: of the whole.
        dim: the dimension of which each place has an equal share, or `WHOLE`.
        partial: whether the whole is the sum of what all places have.
    """

    local: Any
    shape: tuple[int, ...]
    dim: Any = WHOLE
    partial: bool = False
    gathered: Any = None

    @property
    def whole(self) -> bool:
        """Whether each place has all of it."""
        return self.dim is WHOLE and not self.partial


class NotKnownError(Exception):
    """There is no rule for an operation on shares that lie so."""


def shares(shape: Sequence[int], dim: int, count: int) -> list[int]:
    """The shape of a share of a dimension.

    Raises:
        NotKnownError: there are no equal shares.
    """
    if shape[dim] % count:
        raise NotKnownError
    return [size // count if d == dim else size for d, size in enumerate(shape)]


def dimension_in(shape: Sequence[int], before: Sequence[int], dim: int, count: int) -> int:
    """Which dimension is shared of the same elements in another shape.

    Args:
        shape: the new one.
        before: the old one.
        dim: the dimension that was shared.
        count: of shares.

    Raises:
        NotKnownError: shares are none of the new shape.
    """
    outer = math.prod(before[:dim])
    for place, size in enumerate(shape):
        if size > 1 and math.prod(shape[:place]) == outer and size % count == 0:
            return place
    raise NotKnownError
