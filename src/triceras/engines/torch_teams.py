"""Which processes share the steps of a run on PyTorch; what several need is imported with them."""

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from triceras.engines.torch_team import Team


class Alone:
    """This process without helpers, to whom there is nothing to tell."""

    count = 1

    def give(self, what: str, tensors: Sequence[torch.Tensor]) -> None:
        """See `Team`."""

    def take_steps(self, function: Any, rows: np.ndarray, keys: np.ndarray) -> None:
        """See `Team`."""

    def took_steps(self, state: Sequence[torch.Tensor]) -> None:
        """See `Team`."""

    def together(self) -> contextlib.AbstractContextManager[None]:
        """See `Team`."""
        return contextlib.nullcontext()


teams: "list[Alone | Team]" = [Alone()]


def team() -> "Alone | Team":
    """The processes that share the steps of this run."""
    return teams[-1]
