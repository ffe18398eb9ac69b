"""What an operation of a step gives of shares of its arguments.

A rule is a function of the processes, the operation, its arguments, of which at least one lies not
whole in each process, and the shape of its result. What none is known for, or of shares that lie
otherwise than it expects, is computed on all rows by each process.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch

from triceras.engines.placement import WHOLE, NotKnownError, Placed, dimension_in, shares
from triceras.engines.torch_layer_rules import LAYER_RULES
from triceras.engines.torch_placement import Processes, Rule, locals_of, several, tensors_in

aten = torch.ops.aten

# What is alike for each element of an argument, beside what PyTorch says of its operations.
OF_ELEMENTS = {
    aten._to_copy,
    aten.alias,
    aten.clone,
    aten.detach,
    aten.empty_like,
    aten.fill,
    aten.full_like,
    aten.lift_fresh_copy,
    aten.ones_like,
    aten.softplus_backward,
    aten.zeros_like,
}
# What does not look at the elements of its argument.
BLIND = {aten.empty_like, aten.fill, aten.full_like, aten.ones_like, aten.zeros_like}
# What gives of a sum the sum of what it gives of the parts.
OF_SUMMANDS = {aten._to_copy, aten.alias, aten.clone, aten.detach, aten.neg}
SCALED = {aten.mul, aten.div}


def rule_for(operation: Any) -> Rule | None:
    """The rule of an operation, if there is one."""
    found = RULES.get(operation.overloadpacket)
    if found is None and (
        torch.Tag.pointwise in operation.tags or operation.overloadpacket in OF_ELEMENTS
    ):
        return elementwise
    return found


def elementwise(processes: Processes, operation: Any, args: Any, kwargs: Any, shape: Any) -> Placed:
    """Elements that belong to each other lie in the same process."""
    given = tensors_in(args)
    if given[0].partial and operation.overloadpacket in BLIND:
        return Placed(operation(*locals_of(args), **kwargs), shape)
    if given[0].partial and goes_through_sums(operation, args, kwargs):
        return processes.summand(operation(*locals_of(args), **kwargs), shape)
    dims = [len(shape) - len(one.shape) + one.dim for one in given if one.dim is not WHOLE]
    if not dims:
        raise NotKnownError
    dim = dims[0]

    def beside(one: Any) -> Any:
        if not isinstance(one, Placed):
            return one
        own = dim - (len(shape) - len(one.shape))
        if own < 0 or one.shape[own] == 1:
            return processes.brought(one)
        return processes.shared(one, own)

    return Placed(operation(*locals_of([beside(one) for one in args]), **kwargs), shape, dim)


def goes_through_sums(operation: Any, args: Sequence[Any], kwargs: Any) -> bool:
    """Whether an operation on the first of its arguments is the sum of those on its parts."""
    first, *others = args
    packet = operation.overloadpacket
    if not first.local.is_floating_point():
        return False
    if packet in OF_SUMMANDS:
        dtype = kwargs.get("dtype") or first.local.dtype
        return dtype.is_floating_point and dtype.itemsize >= first.local.dtype.itemsize
    if packet not in SCALED or len(others) != 1 or kwargs:
        return False
    return not isinstance(others[0], Placed) or others[0].whole


def reduced(processes: Processes, operation: Any, args: Any, kwargs: Any, shape: Any) -> Placed:
    """A sum or a mean over some dimensions, or all."""
    one = args[0]
    count = len(one.shape)
    given = args[1] if len(args) > 1 else None
    dims = [d % count for d in given] if given else range(count)
    keep = len(args) > 2 and args[2]
    local = operation(*locals_of(args), **kwargs)
    if one.partial:
        return processes.summand(local, shape)
    if one.dim in dims:
        # Shares are equal, so that the mean is that of their means.
        mean = operation.overloadpacket is aten.mean
        return processes.summand(local / processes.count if mean else local, shape)
    return Placed(local, shape, one.dim if keep else one.dim - sum(d < one.dim for d in dims))


def along(
    position: int, keeps: Callable[[Any], bool] = lambda args: True, default: int | None = 0
) -> Rule:
    """A rule of what is done along one dimension.

    Args:
        position: of the dimension's number among the arguments.
        keeps: whether the result has that dimension, by the arguments.
        default: the dimension where none is given; `None` for all of them.
    """

    def rule(processes: Processes, operation: Any, args: Any, kwargs: Any, shape: Any) -> Any:
        given = tensors_in(args)
        at = args[position] if len(args) > position else default
        dims = {one.dim for one in given if one.dim is not WHOLE}
        alike = all(one.shape == given[0].shape for one in given)
        if not isinstance(at, int) or len(dims) != 1 or not alike:
            raise NotKnownError
        (dim,) = dims
        at %= len(given[0].shape)
        if dim == at:
            raise NotKnownError
        beside = [processes.shared(a, dim) if isinstance(a, Placed) else a for a in args]
        after = dim if keeps(args) else dim - (at < dim)
        return several(operation(*locals_of(beside), **kwargs), shape, after)

    return rule


def keeps_if_told(args: Any) -> bool:
    """Whether a reduction is told to keep its dimension."""
    return len(args) > 2 and bool(args[2])


def viewed(processes: Processes, operation: Any, args: Any, kwargs: Any, shape: Any) -> Placed:
    """The same elements in another shape."""
    one = args[0]
    if one.partial:
        return processes.summand(one.local.reshape(shape), shape)
    dim = dimension_in(shape, one.shape, one.dim, processes.count)
    return Placed(one.local.reshape(shares(shape, dim, processes.count)), shape, dim)


def moved(order_of: Callable[[Any, int], Sequence[int]]) -> Rule:
    """A rule of what puts dimensions in another order, that `order_of` tells."""

    def rule(processes: Processes, operation: Any, args: Any, kwargs: Any, shape: Any) -> Placed:
        one = args[0]
        local = operation(*locals_of(args), **kwargs)
        if one.partial:
            return processes.summand(local, shape)
        count = len(one.shape)
        order = [d % count for d in order_of(args, count)]
        return Placed(local, shape, order.index(one.dim))

    return rule


def swapped(args: Any, count: int) -> Sequence[int]:
    """The order of dimensions of which two are exchanged."""
    order = list(range(count))
    a, b = (args[1] % count, args[2] % count) if len(args) > 2 else (0, count - 1)
    order[a], order[b] = order[b], order[a]
    return order


def squeezed(processes: Processes, operation: Any, args: Any, kwargs: Any, shape: Any) -> Placed:
    """Dimensions of one element are taken out."""
    one = args[0]
    count = len(one.shape)
    given = args[1] if len(args) > 1 else range(count)
    dims = {d % count for d in ([given] if isinstance(given, int) else given)}
    gone = {d for d in dims if one.shape[d] == 1}
    if one.dim is not WHOLE and one.shape[one.dim] // processes.count == 1 and one.dim in dims:
        # A share of one row is not to vanish.
        raise NotKnownError
    local = operation(*locals_of(args), **kwargs)
    if one.partial:
        return processes.summand(local, shape)
    return Placed(local, shape, one.dim - sum(d < one.dim for d in gone))


def unsqueezed(processes: Processes, operation: Any, args: Any, kwargs: Any, shape: Any) -> Placed:
    """A dimension of one element is put in."""
    one = args[0]
    local = operation(*locals_of(args), **kwargs)
    if one.partial:
        return processes.summand(local, shape)
    return Placed(local, shape, one.dim + (args[1] % len(shape) <= one.dim))


def expanded(processes: Processes, operation: Any, args: Any, kwargs: Any, shape: Any) -> Placed:
    """Dimensions of one element are repeated."""
    one = args[0]
    if one.partial:
        return processes.summand(one.local.expand(shape), shape)
    dim = len(shape) - len(one.shape) + one.dim
    sizes = [size // processes.count if d == dim else size for d, size in enumerate(shape)]
    return Placed(one.local.expand(sizes), shape, dim)


def joined(processes: Processes, operation: Any, args: Any, kwargs: Any, shape: Any) -> Placed:
    """Tensors one after the other, along a dimension that is there or a new one."""
    parts = args[0]
    at = args[1] % len(shape) if len(args) > 1 else 0
    dims = {one.dim for one in parts if one.dim is not WHOLE}
    if len(dims) != 1 or any(one.partial for one in parts):
        raise NotKnownError
    (dim,) = dims
    new = operation.overloadpacket is aten.stack
    if not new and dim == at:
        raise NotKnownError
    given = [processes.shared(one, dim).local for one in parts]
    return Placed(operation(given, at), shape, dim + (new and at <= dim))


def unsliced(processes: Processes, operation: Any, args: Any, kwargs: Any, shape: Any) -> Placed:
    """The gradient of a slice, which is 0 beside it."""
    one, _, at, *others = args
    at %= len(shape)
    if one.dim is WHOLE:
        raise NotKnownError
    selects = operation.overloadpacket is aten.select_backward
    dim = one.dim + (1 if selects and at <= one.dim else 0)
    if dim == at:
        raise NotKnownError
    sizes = [size // processes.count if d == dim else size for d, size in enumerate(shape)]
    return Placed(operation(one.local, sizes, at, *others), shape, dim)


def padded(processes: Processes, operation: Any, args: Any, kwargs: Any, shape: Any) -> Placed:
    """A border is put around the last dimensions."""
    one, sizes = args[:2]
    if one.dim is WHOLE or one.dim >= len(shape) - len(sizes) // 2:
        raise NotKnownError
    return Placed(operation(*locals_of(args), **kwargs), shape, one.dim)


RULES: dict[Any, Rule] = {
    **LAYER_RULES,
    aten.sum: reduced,
    aten.mean: reduced,
    aten.view: viewed,
    aten._unsafe_view: viewed,
    aten.reshape: viewed,
    aten.t: moved(lambda args, count: range(count)[::-1]),
    aten.transpose: moved(swapped),
    aten.permute: moved(lambda args, count: args[1]),
    aten.squeeze: squeezed,
    aten.unsqueeze: unsqueezed,
    aten.expand: expanded,
    aten.cat: joined,
    aten.stack: joined,
    aten.slice_backward: unsliced,
    aten.select_backward: unsliced,
    aten.constant_pad_nd: padded,
    aten._softmax: along(1),
    aten._log_softmax: along(1),
    aten._softmax_backward_data: along(2),
    aten._log_softmax_backward_data: along(2),
    aten.cumsum: along(1),
    aten.slice: along(1),
    aten.select: along(1, lambda args: False),
    aten.split: along(2),
    aten.split_with_sizes: along(2),
    aten.argmax: along(1, keeps_if_told, default=None),
}
