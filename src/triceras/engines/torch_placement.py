"""Moves the tensors of a spread step between processes; see `placement`."""

from collections.abc import Callable, Sequence
from typing import Any

import torch

from triceras.engines.placement import WHOLE, Placed, shares

# Of the processes, the operation, its arguments, those with names, in which tensors are whole and
# as a process has them, and the shape of the result.
Rule = Callable[..., Any]


class Processes:
    """Moves tensors between places, by operations that all processes do at once.

    Args:
        count: of processes.
    """

    def __init__(self, count: int):
        self.count = count
        self.sums: list[Placed] = []

    def summand(self, local: Any, shape: Sequence[int]) -> Placed:
        """A tensor that is the sum of what all processes have."""
        self.sums.append(Placed(local, tuple(shape), partial=True))
        return self.sums[-1]

    def shared(self, placed: Placed, dim: int) -> Placed:
        """The tensor, of which each process has a share of a dimension.

        Raises:
            NotKnownError: it has no equal shares.
        """
        if placed.dim == dim:
            return placed
        shares(placed.shape, dim, self.count)
        local = torch.ops.triceras.share(self.brought(placed).local, dim, self.count)
        return Placed(local, placed.shape, dim)

    def brought(self, placed: Placed) -> Placed:
        """The tensor, whole in each process."""
        if placed.partial:
            self.add_up(placed)
        if placed.dim is WHOLE:
            return placed
        if placed.gathered is None:
            local = torch.ops.triceras.gathered(placed.local, placed.dim, self.count)
            placed.gathered = Placed(local, placed.shape)
        return placed.gathered

    def add_up(self, needed: Placed) -> None:
        """Adds up what is needed, and all else with it: one message costs less than several."""
        parts = [needed, *(one for one in self.sums if one is not needed)]
        self.sums = []
        results = torch.ops.triceras.summed([one.local for one in parts])
        for one, local in zip(parts, results, strict=True):
            one.local, one.partial = local, False

    def forget(self, value: Any) -> None:
        """Takes note that nobody needs a tensor any longer."""
        self.sums = [one for one in self.sums if one is not value]


def tensors_in(args: Sequence[Any]) -> list[Placed]:
    """The tensors among some arguments."""
    return [one for one in args if isinstance(one, Placed)]


def locals_of(args: Sequence[Any]) -> list[Any]:
    """Arguments as a process has them."""
    return [one.local if isinstance(one, Placed) else one for one in args]


def several(result: Any, shape: Any, dim: int | None) -> Any:
    """One result or several, of which each lies in the same way."""
    if isinstance(result, list | tuple):
        return [Placed(a, s, dim) for a, s in zip(result, shape, strict=True)]
    return Placed(result, shape, dim)
