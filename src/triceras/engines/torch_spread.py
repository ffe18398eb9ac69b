"""A training step, of which each of several processes computes its share.

As XLA does on JAX, it takes the step of one device apart, operation by operation: what belongs to a
row of the batch is computed where the row is, what is summed over rows is added up over all
processes, and what no rule is known for is computed on all rows by each. So the numbers are those
of one device, whatever a model does with its batch: random numbers are those of the whole batch, as
are moments and losses.
"""

import operator
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch.fx import GraphModule, Node
from torch.fx.experimental.proxy_tensor import make_fx
from torch.fx.node import map_aggregate, map_arg

from triceras.engines import torch_collectives  # noqa: F401 - defines the operations
from triceras.engines.placement import NotKnownError, Placed, shares
from triceras.engines.torch_graph import functional
from triceras.engines.torch_placement import Processes
from triceras.engines.torch_placement_rules import rule_for
from triceras.errors import UserError

aten = torch.ops.aten


def spread(
    graph: GraphModule, example: Sequence[torch.Tensor], rows: int, count: int
) -> GraphModule:
    """The graph of what each process does; `of_process` makes it that of one.

    Args:
        graph: of a step.
        example: arguments of it, which are the same in each process, as its results are.
        rows: which of them has the numbers of the batch's rows.
        count: of processes.

    Raises:
        UserError: the step draws random numbers of PyTorch's own.
    """
    graph = functional(graph, example)
    nodes = list(graph.graph.nodes)
    check_draws(nodes)
    last_use = {arg: node for node in nodes for arg in node.all_input_nodes}

    def local(*tensors: torch.Tensor) -> list[Any]:
        processes = Processes(count)
        values: dict[Node, Any] = {}
        for node in nodes:
            if node.op == "placeholder":
                place = len(values)
                whole = Placed(tensors[place], tuple(tensors[place].shape))
                shared = place == rows and whole.shape[0] % count == 0
                values[node] = processes.shared(whole, 0) if shared else whole
            elif node.op == "get_attr":
                values[node] = placed(getattr(graph, str(node.target)))
            elif node.op == "call_function":
                values[node] = computed(node, values, processes, len(example[rows]))
            for arg in node.all_input_nodes:
                if last_use[arg] is node and node.op != "output":
                    processes.forget(values[arg])
        (results,) = nodes[-1].args
        return [processes.brought(values[one]).local for one in results]  # pyright: ignore

    trace = make_fx(local, tracing_mode="fake", _allow_non_fake_inputs=True)
    return trace(*example)


def check_draws(nodes: Sequence[Node]) -> None:
    """Checks that a step draws from no generator of which each process has one of its own.

    Raises:
        UserError: it does.
    """
    names = {str(node.target) for node in nodes if draws(node)}
    if names:
        raise UserError(
            f"the step draws random numbers of PyTorch's own ({', '.join(sorted(names))}), which "
            "several devices would each draw anew: draw with keras.random, or use devices=1"
        )


def draws(node: Node) -> bool:
    """Whether an operation draws from a generator of PyTorch's own."""
    operation: Any = node.target
    if torch.Tag.nondeterministic_seeded not in getattr(operation, "tags", ()):
        return False
    # Attention is one that does only where it drops something out.
    for place, argument in enumerate(operation._schema.arguments):
        if argument.name == "dropout_p":
            given = node.kwargs.get(argument.name, argument.default_value)
            return bool(node.args[place] if place < len(node.args) else given)
    return True


def computed(node: Node, values: dict[Node, Any], processes: Processes, batch_size: int) -> Any:
    """What an operation gives, wherever its arguments lie."""
    operation: Any = node.target
    args: Any = map_arg(node.args, values.__getitem__)
    kwargs: Any = map_arg(node.kwargs, values.__getitem__)
    if operation is operator.getitem:
        return args[0][args[1]]
    rule = rule_for(operation)
    named = all(one.whole for one in placed_in(kwargs))
    if rule is not None and named and not all(one.whole for one in placed_in(args)):
        options = {name: a.local if isinstance(a, Placed) else a for name, a in kwargs.items()}
        try:
            result = rule(processes, operation, args, options, shapes(node))
            return checked(result, node, processes.count)
        # What PyTorch says where a rule did not foresee something.
        except (NotKnownError, RuntimeError):
            pass

    def whole(one: Any) -> Any:
        return processes.brought(one).local if isinstance(one, Placed) else one

    given: Any = (map_aggregate(args, whole), map_aggregate(kwargs, whole))
    result = placed(operation(*given[0], **given[1]))
    return processes.shared(result, 0) if repeats_rows(node, batch_size, processes) else result


def repeats_rows(node: Node, batch_size: int, processes: Processes) -> bool:
    """Whether each process may do with its share of what comes into being with a batch's rows.

    It is no more than a guess, which makes a step faster and is never wrong: what looks like rows
    and is something else is put together again.
    """
    if node.target is not aten.expand.default or batch_size % processes.count:
        return False
    argument: Any = node.args[0]
    before, after = list(argument.meta["val"].shape), list(node.meta["val"].shape)
    new = len(before) < len(after) or before[:1] == [1]
    return new and after[:1] == [batch_size]


def shapes(node: Node) -> Any:
    """The shape of what an operation gives on one device, or of each of several."""
    value = node.meta["val"]
    if isinstance(value, list | tuple):
        return [None if one is None else tuple(one.shape) for one in value]
    return tuple(value.shape)


def checked(result: Any, node: Node, count: int) -> Any:
    """What a rule gave, if it is of the right shape and type.

    Raises:
        NotKnownError: it is not.
    """
    values = node.meta["val"]
    results, values = ([result], [values]) if isinstance(result, Placed) else (result, values)
    for one, value in zip(results, values, strict=True):
        if (one is None) != (value is None):
            raise NotKnownError
        if one is not None:
            sizes = list(value.shape) if one.dim is None else shares(value.shape, one.dim, count)
            if list(one.local.shape) != sizes or one.local.dtype != value.dtype:
                raise NotKnownError
    return result


def placed(result: Any) -> Any:
    """Tensors that are whole in each process, and what else an operation gives."""
    if isinstance(result, torch.Tensor):
        return Placed(result, tuple(result.shape))
    return [placed(one) for one in result] if isinstance(result, list | tuple) else result


def placed_in(tree: Any) -> Iterator[Placed]:
    """The tensors among arguments, also in lists."""
    if isinstance(tree, Placed):
        yield tree
    elif isinstance(tree, list | tuple | dict):
        for part in tree.values() if isinstance(tree, dict) else tree:
            yield from placed_in(part)


def of_process(graph: GraphModule, rank: int) -> GraphModule:
    """A graph of `spread` for one process, which is changed."""
    for node in list(graph.graph.nodes):
        if node.target is torch.ops.triceras.share.default:
            whole, dim, count = node.args
            size = whole.meta["val"].shape[dim] // count
            with graph.graph.inserting_before(node):
                part = graph.graph.call_function(
                    aten.slice.Tensor, (whole, dim, rank * size, (rank + 1) * size)
                )
            node.replace_all_uses_with(part)
            graph.graph.erase_node(node)
    graph.recompile()
    return graph
