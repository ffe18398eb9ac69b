"""The ways in which PyTorch computes a function: by operations, and as a fused graph."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import torch

from triceras.engines.torch_fast import quick
from triceras.engines.torch_graph import traced
from triceras.engines.torch_inductor import by_inductor
from triceras.engines.torch_recurrent import one_kernel
from triceras.engines.torch_threefry import one_operation


def ways() -> dict[str, Callable[..., Any]]:
    """See `triceras.engines.ways`."""
    return {"eager": eager, "compiled": compiled, "inductor": inductor}


def eager(function: Callable[..., Any], places: Sequence[int], inputs: Sequence[Any]) -> Any:
    """Calls it as it is."""
    with torch.no_grad():
        return differentiated(function, places)(*inputs)


def compiled(function: Callable[..., Any], places: Sequence[int], inputs: Sequence[Any]) -> Any:
    """Traces and fuses it, as a step of a short run."""
    with torch.no_grad(), one_operation(), one_kernel():
        graph, structure = traced(differentiated(function, places), tuple(inputs))
        results = quick(graph, list(inputs), 0)(*inputs)
    return keras.tree.pack_sequence_as(structure, results)


def inductor(function: Callable[..., Any], places: Sequence[int], inputs: Sequence[Any]) -> Any:
    """Traces it and has inductor compile it, as a step of a long run."""
    with torch.no_grad(), one_operation(), one_kernel():
        graph, structure = traced(differentiated(function, places), tuple(inputs))
        program = by_inductor(graph, list(inputs), {})
        results = (graph if program is None else program)(*inputs)
    return keras.tree.pack_sequence_as(structure, results)


def differentiated(function: Callable[..., Any], places: Sequence[int]) -> Callable[..., Any]:
    """A function that gives its gradients as well."""

    def both(*inputs: Any) -> tuple[Any, Any]:
        if not places:
            return function(*inputs)[1], []
        gradients, results = torch.func.grad(function, tuple(places), has_aux=True)(*inputs)
        return results, list(gradients)

    return both
