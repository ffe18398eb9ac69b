"""A traced graph as a message to another process.

What PyTorch itself pickles is a graph's code, which is run when it is read: what depends on no
argument would be computed then, and be a constant from then on.
"""

import dataclasses
import operator
from typing import Any

import torch
from torch.fx import Graph, GraphModule
from torch.fx.node import map_aggregate, map_arg


@dataclasses.dataclass(frozen=True)
class Reference:
    """A node that stands before, by its number."""

    number: int


@dataclasses.dataclass(frozen=True)
class SentGraph:
    """The nodes of a graph, and the constants that they name.

    Args:
        nodes: of each what it is, the name of what it calls or gets, and its arguments.
        constants: by name.
    """

    nodes: list[tuple[str, str, Any, Any]]
    constants: dict[str, torch.Tensor]


def sent(graph: GraphModule) -> SentGraph:
    """A graph of PyTorch's operations on tensors, as it can be pickled."""
    numbers = {node: number for number, node in enumerate(graph.graph.nodes)}

    def plain(args: Any) -> Any:
        return map_arg(args, lambda node: Reference(numbers[node]))  # pyright: ignore

    nodes = [
        (node.op, name_of(node.target), plain(node.args), plain(node.kwargs)) for node in numbers
    ]
    names = {name for op, name, *_ in nodes if op == "get_attr"}
    return SentGraph(nodes, {name: getattr(graph, name) for name in names})


def name_of(target: Any) -> str:
    """The name of what a node calls or gets."""
    return "getitem" if target is operator.getitem else str(target)


def received(message: SentGraph) -> GraphModule:
    """The graph that was sent."""
    graph = Graph()
    nodes: list[Any] = []

    def resolved(args: Any) -> Any:
        return map_aggregate(args, lambda a: nodes[a.number] if isinstance(a, Reference) else a)

    for op, name, args, kwargs in message.nodes:
        target = operation(name) if op == "call_function" else name
        nodes.append(graph.create_node(op, target, resolved(args), resolved(kwargs)))
    return GraphModule(message.constants, graph)


def operation(name: str) -> Any:
    """What a node calls, by its `name_of`, such as `aten.add.Tensor`."""
    if name == "getitem":
        return operator.getitem
    found: Any = torch.ops
    for part in name.split("."):
        found = getattr(found, part)
    return found
