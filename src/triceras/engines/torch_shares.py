"""What each process of a team does in the same way as the others."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.distributed as dist

from triceras.engines.torch_fast import quick
from triceras.engines.torch_graph import traced
from triceras.engines.torch_spread import of_process

# What a helper ends with that has lost the others, and so is not what was wrong.
LOST = 3


def copies(tensors: Sequence[torch.Tensor]) -> None:
    """Gives the tensors of the leader to its helpers, whose own are written over."""
    for tensor in tensors:
        dist.broadcast(tensor if tensor.is_contiguous() else tensor.contiguous(), 0)


def shared_program(
    shares: Any, rank: int, example: Sequence[torch.Tensor], state: int
) -> tuple[Callable[..., Any], list[torch.Tensor]]:
    """What one process does of a step, and what it gave in a first trial that all do together.

    Args:
        shares: the graph of `spread`.
        rank: of the process.
        example: arguments of the graph, which stay as they are.
        state: how many of them are the state.
    """
    own = of_process(traced_list(shares, example), rank)
    function = quick(traced_list(own, example), example, state)
    with torch.no_grad():
        return function, function(*[tensor.clone() for tensor in example])


def traced_list(graph: Any, example: Sequence[torch.Tensor]) -> Any:
    """A graph that was sent, as it is traced: with the shapes of all that it computes."""
    return traced(lambda *tensors: graph(*tensors), tuple(example)).function
