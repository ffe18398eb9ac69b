"""A traced graph without what changes lists of tensors in place, by a change of the graph alone.

Keras's optimizers change lists so on PyTorch. PyTorch's own way to such a graph traces it once
more, which takes half as long as to trace the step itself.
"""

import copy
import operator
from typing import Any

import torch
from torch._ops import OpOverload
from torch.fx import GraphModule, Node
from torch.fx.node import map_arg

LIST = "aten::_foreach_"
# What lies in the memory of its argument, and does not say so.
UNTOLD = ("aten::_unsafe_view",)


def without_changes(graph: GraphModule) -> GraphModule | None:
    """A copy of a graph in which operations on lists give new tensors.

    Args:
        graph: traced.

    Returns:
        The copy; `None` where anything else is changed in place, or where what is changed has
        another name by which it is looked at.
    """
    graph = GraphModule(graph, copy.deepcopy(graph.graph))
    for node in list(graph.graph.nodes):
        if changes(node) and not replaced(graph, node):
            return None
    graph.graph.lint()
    graph.recompile()
    return graph


def changes(node: Node) -> bool:
    """Whether a node may change an argument in place."""
    if node.op in ("placeholder", "output", "get_attr"):
        return False
    if node.target is operator.getitem:
        return False
    return not isinstance(node.target, OpOverload) or node.target._schema.is_mutable


def replaced(graph: GraphModule, node: Node) -> bool:
    """Puts what gives new tensors in the place of a node, where that is the same."""
    function = counterpart(node.target)
    tensors = node.args[0] if node.args else None
    if function is None or node.users or not isinstance(tensors, list | tuple):
        return False
    if len(set(tensors)) < len(tensors) or not all(map(is_its_own, tensors)):
        return False
    # A list goes element by element, and a later one may read what an earlier one is by then.
    others: set[Node] = set()
    map_arg((node.args[1:], node.kwargs), others.add)
    if others & set(tensors):
        return False
    later = following(node)
    with graph.graph.inserting_before(node):
        result = graph.graph.call_function(function, node.args, node.kwargs)
        result.meta["val"] = [tensor.meta["val"] for tensor in tensors]  # pyright: ignore
        for place, tensor in enumerate(tensors):
            changed = graph.graph.call_function(operator.getitem, (result, place))
            changed.meta.update(tensor.meta)  # pyright: ignore
            for user in list(tensor.users):  # pyright: ignore
                if user in later:
                    user.replace_input_with(tensor, changed)  # pyright: ignore
    graph.graph.erase_node(node)
    return True


def counterpart(target: Any) -> OpOverload | None:
    """What gives a new list, of what changes one in place."""
    if not isinstance(target, OpOverload) or not target._schema.name.startswith(LIST):
        return None
    name = target._schema.name.removeprefix("aten::")
    packet = getattr(torch.ops.aten, name.removesuffix("_"), None)
    if not name.endswith("_") or target._overloadname not in (packet.overloads() if packet else ()):
        return None
    function = getattr(packet, target._overloadname)
    return None if function._schema.is_mutable or shares(function) else function


def is_its_own(tensor: Any) -> bool:
    """Whether a node is a tensor that no other node is, or lies in the memory of."""
    if not isinstance(tensor, Node) or tensor.op != "call_function":
        return False
    made = tensor.args[0] if tensor.target is operator.getitem else tensor
    if not isinstance(made, Node) or not isinstance(made.target, OpOverload) or shares(made.target):
        return False
    return not any(looks_at(user) for user in tensor.users)


def looks_at(user: Node) -> bool:
    """Whether what a node gives may lie in the memory of its arguments."""
    if user.op == "output":
        return False
    return not isinstance(user.target, OpOverload) or shares(user.target)


def shares(function: OpOverload) -> bool:
    """Whether an operation may give what lies in the memory of its arguments."""
    return (
        function.is_view
        or function._schema.name in UNTOLD
        or any(
            given.alias_info is not None and not given.alias_info.is_write
            for given in function._schema.returns
        )
    )


def following(node: Node) -> set[Node]:
    """The nodes after one."""
    found = set()
    while node.next.op != "root":
        node = node.next
        found.add(node)
    return found
