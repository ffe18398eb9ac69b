"""What an operation that layers are made of gives of shares; see `torch_placement_rules`."""

from collections.abc import Sequence
from typing import Any

import torch

from triceras.engines.placement import WHOLE, NotKnownError, Placed
from triceras.engines.torch_placement import Processes, Rule, locals_of, several, tensors_in

aten = torch.ops.aten


def multiplied(processes: Processes, operation: Any, args: Any, kwargs: Any, shape: Any) -> Placed:
    """A product of matrices, or of several pairs of them."""
    if kwargs or len(args) != 2 or any(one.partial for one in args):
        raise NotKnownError
    a, b = args
    rows, inner = len(a.shape) - 2, len(a.shape) - 1
    if 0 in (a.dim, b.dim) and rows == 1:
        first = processes.shared(a, 0), processes.shared(b, 0)
        return Placed(operation(*locals_of(first)), shape, 0)
    if a.dim == rows:
        return Placed(operation(a.local, processes.brought(b).local), shape, rows)
    if a.dim == inner or b.dim == rows:
        both = processes.shared(a, inner), processes.shared(b, rows)
        return processes.summand(operation(*locals_of(both)), shape)
    return Placed(operation(processes.brought(a).local, b.local), shape, inner)


def convolved(processes: Processes, operation: Any, args: Any, kwargs: Any, shape: Any) -> Placed:
    """A convolution of the rows of a batch."""
    if args[0].dim != 0 or not all(one.whole for one in tensors_in(args[1:])):
        raise NotKnownError
    return Placed(operation(*locals_of(args), **kwargs), shape, 0)


def unconvolved(processes: Processes, operation: Any, args: Any, kwargs: Any, shape: Any) -> Any:
    """The gradients of a convolution, by its rows, its kernel and its bias."""
    if not args[2].whole or any(one.partial for one in args[:2]):
        raise NotKnownError
    given = [processes.shared(args[0], 0), processes.shared(args[1], 0), *args[2:]]
    return of_rows_and_weights(processes, operation(*locals_of(given), **kwargs), shape)


def of_rows_and_weights(processes: Processes, results: Any, shapes: Any) -> list[Any]:
    """Gradients by rows, and by weights that all rows share."""
    rows, *weights = results
    found: list[Any] = [None if rows is None else Placed(rows, shapes[0], 0)]
    for local, shape in zip(weights, shapes[1:], strict=True):
        found.append(None if local is None else processes.summand(local, shape))
    return found


def of_rows(processes: Processes, operation: Any, args: Any, kwargs: Any, shape: Any) -> Any:
    """What is done to each row of a batch, the first dimension of all arguments."""
    if any(one.partial for one in tensors_in(args)):
        raise NotKnownError
    given = [processes.shared(a, 0) if isinstance(a, Placed) else a for a in args]
    return several(operation(*locals_of(given), **kwargs), shape, 0)


def normalized(processes: Processes, operation: Any, args: Any, kwargs: Any, shape: Any) -> Any:
    """A normalization of each row by itself."""
    one, sizes, *weights = args[:4]
    if one.dim != 0 or len(sizes) == len(one.shape) or not whole(weights):
        raise NotKnownError
    return several(operation(*locals_of(args), **kwargs), shape, 0)


def unnormalized(processes: Processes, operation: Any, args: Any, kwargs: Any, shape: Any) -> Any:
    """The gradients of a normalization of each row."""
    gradient, one, sizes, mean, spread, *weights, mask = args
    if len(sizes) == len(one.shape) or not whole(weights) or gradient.partial:
        raise NotKnownError
    given = [processes.shared(gradient, 0), processes.shared(one, 0), sizes]
    given += [processes.shared(mean, 0), processes.shared(spread, 0), *weights, mask]
    return of_rows_and_weights(processes, operation(*locals_of(given), **kwargs), shape)


def whole(args: Sequence[Any]) -> bool:
    """Whether all tensors among some arguments lie whole in each process."""
    return all(one.whole for one in tensors_in(args))


def looked_up(processes: Processes, operation: Any, args: Any, kwargs: Any, shape: Any) -> Placed:
    """Rows of a table by their numbers."""
    table, numbers = args[0], args[1]
    if isinstance(numbers, list | tuple):
        if len(numbers) != 1:
            raise NotKnownError
        (numbers,) = numbers
        given = [numbers.local]
    else:
        given = numbers.local
    if not table.whole or numbers.dim is WHOLE or numbers.local.dtype is torch.bool:
        raise NotKnownError
    return Placed(operation(table.local, given, *args[2:], **kwargs), shape, numbers.dim)


def unlooked_up(processes: Processes, operation: Any, args: Any, kwargs: Any, shape: Any) -> Placed:
    """The gradient by a table, of whose rows some were looked up."""
    gradient, numbers, *others = args
    if gradient.partial or numbers.dim != 0 or others[-1]:
        raise NotKnownError
    local = operation(processes.shared(gradient, 0).local, numbers.local, *others, **kwargs)
    return processes.summand(local, shape)


def attended(processes: Processes, operation: Any, args: Any, kwargs: Any, shape: Any) -> Any:
    """Attention within each row of a batch, or its gradients."""
    mask = kwargs.get("attn_mask")
    if mask is not None and mask.ndim == 4 and mask.shape[0] != 1:
        raise NotKnownError
    return of_rows(processes, operation, args, kwargs, shape)


def by_class(processes: Processes, operation: Any, args: Any, kwargs: Any, shape: Any) -> Any:
    """The likelihood of a class in each row, or its gradient, not added up."""
    backward = operation.overloadpacket is aten.nll_loss_backward
    rows = 3 if backward else 2
    # Weights of classes, and a reduction of rows to one number.
    if args[rows] is not None or args[rows + 1] != 0:
        raise NotKnownError
    given = [processes.shared(one, 0) for one in args[:rows]]
    result = operation(*locals_of([*given, *args[rows:]]), **kwargs)
    if backward:
        return Placed(result, shape, 0)
    return [Placed(result[0], shape[0], 0), Placed(result[1], shape[1])]


LAYER_RULES: dict[Any, Rule] = {
    aten._scaled_dot_product_flash_attention_for_cpu: attended,
    aten._scaled_dot_product_flash_attention_for_cpu_backward: attended,
    aten.mm: multiplied,
    aten.bmm: multiplied,
    aten.convolution: convolved,
    aten.convolution_backward: unconvolved,
    aten.native_layer_norm: normalized,
    aten.native_layer_norm_backward: unnormalized,
    aten.index: looked_up,
    aten.embedding: looked_up,
    aten.embedding_dense_backward: unlooked_up,
    aten.nll_loss_forward: by_class,
    aten.nll_loss_backward: by_class,
    aten.avg_pool2d: of_rows,
    aten.avg_pool2d_backward: of_rows,
    aten.max_pool2d_with_indices: of_rows,
    aten.max_pool2d_with_indices_backward: of_rows,
}
