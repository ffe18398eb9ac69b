"""A traced graph without the operations that only its being traced needed."""

from typing import Any

import torch

aten = torch.ops.aten

# What is its own argument where nothing is differentiated, and a copy of a constant.
SAME, COPY = (aten.detach.default, aten.alias.default), aten.lift_fresh_copy.default


def tidied(graph: Any, state: int) -> Any:
    """Takes copies out of a graph, which is changed; its results stay the same to the bit.

    Args:
        graph: takes tensors, and returns a list of tensors.
        state: how many of its first arguments are the state, whose new values it returns first, and
            which nobody needs afterwards: they may be changed in place.

    Returns:
        The graph.
    """
    nodes = list(graph.graph.nodes)
    for node in nodes:
        if node.target in SAME or (node.target is COPY and not is_changed(node)):
            node.replace_all_uses_with(node.args[0])
            graph.graph.erase_node(node)
    graph.graph.eliminate_dead_code()
    order = {node: place for place, node in enumerate(graph.graph.nodes)}
    arguments = [node for node in graph.graph.nodes if node.op == "placeholder"]
    (end,) = (node for node in graph.graph.nodes if node.op == "output")
    for place, argument in enumerate(arguments[:state]):
        copies = [user for user in argument.users if user.target is aten.clone.default]
        for copy in copies:
            if needless(copy, argument, place, order, end):
                copy.replace_all_uses_with(argument)
                graph.graph.erase_node(copy)
                break
    keep_apart(graph, arguments, state, end)
    graph.recompile()
    return graph


def keep_apart(graph: Any, arguments: list[Any], state: int, end: Any) -> None:
    """Gives each result memory of its own, which a later program may write to.

    But for a part of the state that is changed where it is, or stays as it is.
    """
    taken: set[Any] = set()
    results: list[Any] = list(end.args[0])
    for place, result in enumerate(results):
        if not isinstance(result, torch.fx.Node):
            continue
        base: Any = result
        while changes(base):
            base = base.args[0]
        root: Any = base
        while views(root) or changes(root):
            root = root.args[0]
        own = place < state and base is arguments[place]
        if root in taken or (root.op != "call_function" and not own):
            with graph.graph.inserting_before(end):
                results[place] = graph.graph.call_function(aten.clone.default, (result,))
        taken.add(root)
    end.args = (results,)


def needless(copy: Any, argument: Any, place: int, order: dict[Any, int], end: Any) -> bool:
    """Whether the changes of a copy of the state can be made to the state itself.

    They can where it is a new value of this very part of the state and nothing else, and nobody
    reads the old value after the first of them.
    """
    results = end.args[0]
    result = results[place]
    while isinstance(result, torch.fx.Node) and changes(result):
        # As `add_` does, it returns what it has changed.
        result = result.args[0]
    if result is not copy:
        return False
    same = aliases_of(copy)
    if any(other in same for i, other in enumerate(results) if i != place):
        return False
    changing = [order[user] for one in same for user in one.users if changes(user)]
    others = aliases_of(argument) - same
    reading = [order[user] for one in others for user in one.users if user is not copy]
    return not changing or max(reading, default=-1) < min(changing)


def aliases_of(node: Any) -> set[Any]:
    """A node and all that look at its memory."""
    found, waiting = set(), [node]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += [user for user in one.users if views(user)]
    return found


def is_changed(node: Any) -> bool:
    """Whether the memory of a node is written to."""
    return any(changes(user) for one in aliases_of(node) for user in one.users)


def views(node: Any) -> bool:
    """Whether what an operation returns may lie in the memory of what it is given."""
    if node.op != "call_function":
        return False
    schema = getattr(node.target, "_schema", None)
    # `getitem` gives a part of a list, of which some part may be a view.
    return schema is None or any(result.alias_info is not None for result in schema.returns)


def changes(node: Any) -> bool:
    """Whether an operation changes what it is given."""
    schema = getattr(node.target, "_schema", None)
    return node.op == "call_function" and schema is not None and schema.is_mutable
