"""A function of tensors, traced into a graph of PyTorch's operations."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import torch
from torch._subclasses.fake_tensor import DataDependentOutputException, DynamicOutputShapeException
from torch.fx.experimental.proxy_tensor import make_fx
from torch.fx.experimental.symbolic_shapes import GuardOnDataDependentSymNode

from triceras.engines.errors import telling_tracing_errors
from triceras.engines.torch_distributed_tensors import leave_unloaded
from triceras.engines.torch_in_place import without_changes

# What PyTorch raises when Python code asks for the value of a tensor that is being traced, with a
# part of the message where the type says too little.
TRACING_ERRORS = (
    (GuardOnDataDependentSymNode, ""),
    (DataDependentOutputException, ""),
    (DynamicOutputShapeException, ""),
    (RuntimeError, "numpy() is not supported for tensor subclasses"),
    (RuntimeError, "doesn't have storage"),
    (RuntimeError, "unallocated storage"),
)


aten = torch.ops.aten
# What these give lies in memory as the gradient that they are given, and PyTorch takes it to lie as
# its other argument when they are traced.
MISTAKEN = {
    aten.softplus_backward.default,
    aten.elu_backward.default,
    aten.hardsigmoid_backward.default,
    aten.hardswish_backward.default,
    aten.hardtanh_backward.default,
}


class Program(NamedTuple):
    """A function of tensors to a list of tensors, and the structure of what these stand for."""

    function: Any
    structure: Any


def traced(step: Any, example: Any) -> Program:
    """The graph of a function of tensors.

    Raises:
        CannotCompileError: what it computes depends on the values of tensors.
    """
    structure = None

    def flat_step(*tensors):
        nonlocal structure
        results = step(*keras.tree.pack_sequence_as(example, tensors))
        structure = keras.tree.map_structure(lambda _: 0, results)
        # What inductor compiles takes it for granted that a state is laid out as the one before.
        return [a.contiguous() for a in keras.tree.flatten(results)]

    leave_unloaded()
    # Fake tensors have no values, so no value can end up in the graph as a constant.
    trace = make_fx(flat_step, tracing_mode="fake", _allow_non_fake_inputs=True)
    with telling_tracing_errors(TRACING_ERRORS):
        graph = trace(*keras.tree.flatten(example))
    lay_out(graph)
    return Program(graph, structure)


def lay_out(graph: Any) -> None:
    """Has what a graph computes lie in memory as it was told when it was traced.

    Otherwise a view that was possible of what was traced would not be of what is there.

    Args:
        graph: traced; it is changed.
    """
    changed = False
    for node in graph.graph.nodes:
        if node.target not in MISTAKEN:
            continue
        gradient, told = node.args[0], node.meta["val"]
        if gradient.meta["val"].stride() != told.stride():
            with graph.graph.inserting_before(node):
                copy = laid_out(graph.graph, gradient, told.stride())
            node.replace_input_with(gradient, copy)
            changed = True
    if changed:
        graph.recompile()


def laid_out(graph: Any, node: Any, strides: Sequence[int]) -> Any:
    """A copy of what a node gives, with other strides, of which none is between elements.

    Args:
        graph: of the node; nodes are added where it inserts them.
        node: gives a tensor.
        strides: of the copy.
    """
    order = sorted(range(len(strides)), key=lambda axis: -strides[axis])
    back = [order.index(axis) for axis in range(len(order))]
    memory = {"memory_format": torch.contiguous_format}
    for operation, arguments, options in (
        (aten.permute.default, (order,), {}),
        (aten.clone.default, (), memory),
        (aten.permute.default, (back,), {}),
    ):
        value = operation(node.meta["val"], *arguments, **options)
        node = graph.call_function(operation, (node, *arguments), options)
        node.meta["val"] = value
    return node


def functional(graph: Any, example: Sequence[torch.Tensor]) -> Any:
    """A graph that gives the same and changes nothing in place.

    Args:
        graph: traced. What reads the value of a tensor was found out then, as it is not here.
        example: arguments of it.
    """
    same = without_changes(graph)
    if same is not None:
        return same
    trace = make_fx(
        torch.func.functionalize(graph), tracing_mode="fake", _allow_non_fake_inputs=True
    )
    return trace(*example)
