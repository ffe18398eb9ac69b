"""A traced graph, compiled by inductor into one program that updates the state in place."""

import copy
import logging
from collections.abc import Sequence
from typing import Any

import torch

log = logging.getLogger(__name__)

# A draw that is compiled into the step costs 13 seconds more than one that is an operation
# of its own, and saves less than 0.1 ms a step.
STEPS_THAT_PAY_FOR_INLINED_DRAWS = 150_000

READS_A_VALUE = torch.ops.aten._local_scalar_dense.default


def compiled(graph: Any, example: Sequence[Any], state: int) -> Any:
    """The graph compiled by inductor, or `None` where that fails or cannot pay.

    `torch.compile` would check in each call that the arguments are of the same kind as before,
    which they are, and would call each kernel from Python.

    Args:
        graph: takes tensors, and returns a list of tensors.
        example: arguments of it.
        state: how many of its first arguments are the state, whose new values it returns first. It
            is changed in place, as memory is what the step of an optimizer waits for.
    """
    if any(node.target is READS_A_VALUE for node in graph.graph.nodes):
        # It would be compiled anew for each value.
        return None
    on_cpu = all(a.device.type == "cpu" for a in example)
    in_place = updating_in_place(graph, state)
    # Imported here, as most runs end before inductor pays, and its import takes a second.
    from torch._dynamo.exc import TorchDynamoException
    from torch._inductor.exc import CppCompileError, InvalidCxxCompiler

    # Raised where a compiler is missing, fails, or knows no way to compute something.
    errors = (TorchDynamoException, CppCompileError, InvalidCxxCompiler)
    try:
        program: Any = torch._inductor.compile(in_place, list(example), {"cpp_wrapper": on_cpu})
    except errors as error:
        reason = str(error).strip().splitlines()[0]
        log.warning("the step runs as a traced graph, slower, as inductor failed: %s", reason)
        return None
    return lambda *arguments: [*arguments[:state], *program(*arguments)]


def updating_in_place(graph: Any, state: int) -> Any:
    """A copy of a graph that writes the new state over the old one, and returns the rest."""
    new = torch.fx.GraphModule(graph, copy.deepcopy(graph.graph))
    multiply_outer_products(new)
    nodes = list(new.graph.nodes)
    arguments = [node for node in nodes if node.op == "placeholder"]
    (end,) = (node for node in nodes if node.op == "output")
    results = end.args[0]
    with new.graph.inserting_before(end):
        for before, after in zip(arguments[:state], results[:state], strict=True):
            if before is not after:
                new.graph.call_function(torch.ops.aten.copy_.default, (before, after))
    end.args = (results[state:],)
    new.recompile()
    return new


def multiply_outer_products(graph: Any) -> None:
    """Makes a multiplication of each matrix product of a column and a row.

    A gradient is one where a batch is of one example. Inductor can make a multiplication a part of
    the optimizer's step, which it cannot do with a matrix product.
    """
    for node in graph.graph.nodes:
        if node.target is torch.ops.aten.mm.default and node.args[0].meta["val"].shape[1] == 1:
            node.target = torch.ops.aten.mul.Tensor
