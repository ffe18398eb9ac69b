"""A functional graph with less in it, whose results are the same to the bit."""

from typing import Any

import torch
from torch.fx import GraphModule, Node
from torch.fx.node import map_arg

aten = torch.ops.aten

# What gives its argument, where nothing is changed in place and it is laid out alike.
SAME = {
    aten.detach.default,
    aten.alias.default,
    aten.lift_fresh_copy.default,
    aten.clone.default,
    aten._to_copy.default,
    aten.expand.default,
    aten.view.default,
    aten._unsafe_view.default,
    aten.sum.default,
    aten.sum.dim_IntList,
    aten.mean.default,
    aten.mean.dim,
}
# What gives the same numbers whatever its argument holds.
LIKE = {aten.ones_like.default, aten.zeros_like.default, aten.full_like.default}
# How many elements a constant may have.
LARGEST = 2**16

# What is done to several tensors at once, as what is done to each.
OF_EACH = {
    aten._foreach_add.List: aten.add.Tensor,
    aten._foreach_add.Scalar: aten.add.Tensor,
    aten._foreach_add.Tensor: aten.add.Tensor,
    aten._foreach_sub.List: aten.sub.Tensor,
    aten._foreach_sub.Scalar: aten.sub.Tensor,
    aten._foreach_mul.List: aten.mul.Tensor,
    aten._foreach_mul.Scalar: aten.mul.Tensor,
    aten._foreach_mul.Tensor: aten.mul.Tensor,
    aten._foreach_div.List: aten.div.Tensor,
    aten._foreach_div.Scalar: aten.div.Tensor,
    aten._foreach_div.Tensor: aten.div.Tensor,
    aten._foreach_maximum.List: aten.maximum.default,
    aten._foreach_minimum.List: aten.minimum.default,
    aten._foreach_lerp.Scalar: aten.lerp.Scalar,
    aten._foreach_addcmul.Scalar: aten.addcmul.default,
    aten._foreach_addcdiv.Scalar: aten.addcdiv.default,
    aten._foreach_sqrt.default: aten.sqrt.default,
    aten._foreach_neg.default: aten.neg.default,
    aten._foreach_abs.default: aten.abs.default,
    aten._foreach_sign.default: aten.sign.default,
}


def simplified(graph: GraphModule, state: int) -> GraphModule:
    """Takes out of a graph what is not needed; it is changed.

    Args:
        graph: traced so that nothing in it is changed in place.
        state: how many of its first arguments are the state, whose new values it returns first.

    Returns:
        The graph. None of its results lies in the memory of another one, or of an argument that it
        does not take the place of.
    """
    split_lists(graph)
    fold_constants(graph)
    seen: dict[Any, Node] = {}
    for node in list(graph.graph.nodes):
        other = node.args[0] if is_same(node) else seen.setdefault(key_of(node), node)
        if other is not node:
            node.replace_all_uses_with(other)
            graph.graph.erase_node(node)
    graph.graph.eliminate_dead_code()
    keep_apart(graph, state)
    graph.recompile()
    return graph


def split_lists(graph: GraphModule) -> None:
    """Makes of an operation on a list of tensors one on each of them."""
    for node in list(graph.graph.nodes):
        single = OF_EACH.get(node.target)
        if single is None:
            continue
        each: dict[int, Node] = {}
        for getitem in list(node.users):
            i = getitem.args[1]
            if i not in each:
                arguments = [a[i] if isinstance(a, list | tuple) else a for a in node.args]
                with graph.graph.inserting_before(getitem):
                    each[i] = graph.graph.call_function(single, tuple(arguments), node.kwargs)
                each[i].meta["val"] = node.meta["val"][i]
            getitem.replace_all_uses_with(each[i])
            graph.graph.erase_node(getitem)
        graph.graph.erase_node(node)


def fold_constants(graph: GraphModule) -> None:
    """Computes what depends on no argument."""
    known: dict[Node, torch.Tensor] = {}
    for node in list(graph.graph.nodes):
        if node.op == "get_attr":
            value = getattr(graph, node.target, None)
            if isinstance(value, torch.Tensor):
                known[node] = value
        elif can_be_folded(node, known):
            with torch.no_grad():
                arguments = map_arg((node.args, node.kwargs), known.get)
                known[node] = value = computed(node, *arguments)
            name = f"folded_{len(known)}"
            graph.register_buffer(name, value)
            with graph.graph.inserting_before(node):
                constant = graph.graph.get_attr(name)
            constant.meta = node.meta
            known[constant] = value
            node.replace_all_uses_with(constant)


def computed(node: Node, args: Any, kwargs: Any) -> torch.Tensor:
    """The value of a node whose arguments are constants, or do not matter but for their form."""
    if node.target in LIKE:
        value = node.meta["val"]
        args = (torch.empty_strided(value.shape, value.stride(), dtype=value.dtype), *args[1:])
    target: Any = node.target
    return target(*args, **kwargs)


def can_be_folded(node: Node, known: dict[Node, torch.Tensor]) -> bool:
    """Whether the value of a node is the same in each call, and small."""
    value = node.meta.get("val")
    return (
        is_pure(node)
        and isinstance(value, torch.Tensor)
        and value.device.type == "cpu"
        and value.numel() <= LARGEST
        and not str(node.target).startswith("aten.empty")
        and (node.target in LIKE or all(argument in known for argument in node.all_input_nodes))
    )


def is_pure(node: Node) -> bool:
    """Whether a node gives the same for the same arguments, and does nothing else."""
    target = node.target
    return (
        node.op == "call_function"
        and isinstance(target, torch._ops.OpOverload)
        and not target._schema.is_mutable
        and torch.Tag.nondeterministic_seeded not in target.tags
    )


def is_same(node: Node) -> bool:
    """Whether a node gives what it is given."""
    if node.target not in SAME or not isinstance(node.args[0], Node):
        return False
    before: Any = node.args[0].meta.get("val")
    return form(before) == form(node.meta["val"]) and (
        # The sum of a single number is itself.
        before.dim() == 0 or not str(node.target).startswith(("aten.sum", "aten.mean"))
    )


def form(value: Any) -> Any:
    """How a tensor is laid out."""
    if not isinstance(value, torch.Tensor) or value.layout is not torch.strided:
        return object()
    bits = value.is_conj(), value.is_neg()
    return value.dtype, value.device, value.shape, value.stride(), bits


def key_of(node: Node) -> Any:
    """The same for nodes that give the same."""
    if not is_pure(node) or str(node.target).startswith("aten.empty"):
        return node
    try:
        arguments = (fixed(node.args), fixed(node.kwargs))
        hash(arguments)
    except TypeError:
        return node
    return node.target, arguments


def fixed(arguments: Any) -> Any:
    """Arguments, so that those are equal that mean the same."""
    if isinstance(arguments, dict):
        return tuple((name, fixed(value)) for name, value in sorted(arguments.items()))
    if isinstance(arguments, list | tuple):
        return tuple(map(fixed, arguments))
    # 1, 1.0 and True are equal, and so are 0.0 and -0.0.
    return arguments if isinstance(arguments, Node) else (type(arguments), repr(arguments))


def keep_apart(graph: GraphModule, state: int) -> None:
    """Gives each result memory of its own, which the next call may write to."""
    (end,) = (node for node in graph.graph.nodes if node.op == "output")
    arguments = [node for node in graph.graph.nodes if node.op == "placeholder"]
    taken: set[Node] = set()
    results: list[Any] = []
    for place, result in enumerate(end.args[0]):
        if isinstance(result, Node):
            root = root_of(result)
            own = root is result and place < state and root is arguments[place]
            if root in taken or (root.op != "call_function" and not own):
                with graph.graph.inserting_before(end):
                    copy = graph.graph.call_function(aten.clone.default, (result,))
                copy.meta = dict(result.meta)
                result = copy
            taken.add(root_of(result))
        results.append(result)
    end.args = (results,)


def root_of(node: Node) -> Node:
    """The node in whose memory another one lies."""
    while is_view(node):
        node = node.args[0]  # pyright: ignore[reportAssignmentType]
    return node


def is_view(node: Node) -> bool:
    """Whether what a node gives may lie in the memory of its first argument."""
    if node.op != "call_function" or not node.args or not isinstance(node.args[0], Node):
        return False
    if node.target is aten._unsafe_view.default:
        # Its schema does not say so.
        return True
    schema = getattr(node.target, "_schema", None)
    # `getitem` gives a part of a list, of which some part may be a view.
    return schema is None or any(result.alias_info is not None for result in schema.returns)
