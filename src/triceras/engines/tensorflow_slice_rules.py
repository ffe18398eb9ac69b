"""What slices give of shares, and tensors put together; see `tensorflow_placement_rules`."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from triceras.engines.placement import WHOLE, NotKnownError, Placed, shares
from triceras.engines.tensorflow_placement import Devices, constant, result, shape_of


def joined(devices: Devices, operation: tf.Operation, given: Sequence[Placed]) -> Placed:
    """Tensors one after the other, along a dimension that is there or a new one."""
    stacks = operation.type == "Pack"
    parts, rest = (given, []) if stacks else (given[:-1], [constant(operation.inputs[-1])])
    at = operation.get_attr("axis") if stacks else rest[0]
    at %= len(shape_of(operation.outputs[0]))
    dims = {one.dim for one in parts if one.dim is not WHOLE}
    if len(dims) != 1:
        raise NotKnownError
    (dim,) = dims
    if not stacks and dim == at:
        raise NotKnownError
    (local,) = devices.each(operation, *[devices.shared(one, dim) for one in parts], *rest)
    return result(operation, local, dim + (stacks and at <= dim))


def split(devices: Devices, operation: tf.Operation, given: Sequence[Placed]) -> list[Placed]:
    """A tensor cut along a dimension, of which only one element stays in each for `Unpack`."""
    kind = operation.type
    place = {"Split": 1, "SplitV": 0, "Unpack": 0}[kind]
    one = given[place]
    at = {
        "Split": lambda: constant(operation.inputs[0]),
        "SplitV": lambda: constant(operation.inputs[2]),
        "Unpack": lambda: operation.get_attr("axis"),
    }[kind]() % len(shape_of(operation.inputs[place]))
    if one.dim is WHOLE or one.dim == at:
        raise NotKnownError
    inputs = [one if n == place else constant(tensor) for n, tensor in enumerate(operation.inputs)]
    dim = one.dim - (kind == "Unpack" and at < one.dim)
    cut = devices.each(operation, *inputs)
    return [
        Placed(local, shape_of(output), dim)
        for local, output in zip(cut, operation.outputs, strict=True)
    ]


def sliced(devices: Devices, operation: tf.Operation, given: Sequence[Placed]) -> Placed:
    """A block of a tensor, with all of the dimension that is shared."""
    one = given[0]
    begin, size = constant(operation.inputs[1]), constant(operation.inputs[2])
    shape = shape_of(operation.outputs[0])
    if one.dim is WHOLE or begin[one.dim] or shape[one.dim] != one.shape[one.dim]:
        raise NotKnownError
    size[one.dim] = -1
    (local,) = devices.each(operation, one, begin, size)
    return result(operation, local, one.dim)


def strided(devices: Devices, operation: tf.Operation, given: Sequence[Placed]) -> Placed:
    """What Python's brackets take, with all of the dimension that is shared; or its gradient."""
    backward = operation.type == "StridedSliceGrad"
    one = given[-1] if backward else given[0]
    if one.dim is WHOLE:
        raise NotKnownError
    numbers = [constant(tensor) for tensor in operation.inputs[1:4]]
    before = shape_of(operation.outputs[0] if backward else operation.inputs[0])
    pairs = kept_whole(operation, before, numbers[2])
    dims = {new: old for old, new in pairs} if backward else dict(pairs)
    if one.dim not in dims:
        raise NotKnownError
    dim = dims[one.dim]
    first = [shares(before, dim, devices.count)] if backward else [one]
    (local,) = devices.each(operation, *first, *numbers, *([one] if backward else []))
    return result(operation, local, dim)


def kept_whole(
    operation: tf.Operation, shape: Sequence[int], strides: Sequence[int]
) -> list[tuple[int, int]]:
    """Dimensions of which a slice takes everything, before and after it."""
    masks = {
        name: operation.get_attr(f"{name}_mask")
        for name in ("begin", "ellipsis", "end", "new_axis", "shrink_axis")
    }

    def has(name: str, place: int) -> bool:
        return bool(masks[name] >> place & 1)

    entries = range(len(strides))
    new = sum(has("new_axis", place) for place in entries)
    ellipses = sum(has("ellipsis", place) for place in entries)
    pairs, old, after = [], 0, 0
    for place in entries:
        if has("ellipsis", place):
            # Those that no other entry speaks of.
            for _ in range(len(shape) - (len(strides) - new - ellipses)):
                pairs.append((old, after))
                old, after = old + 1, after + 1
        elif has("new_axis", place):
            after += 1
        elif has("shrink_axis", place):
            old += 1
        else:
            if has("begin", place) and has("end", place) and strides[place] == 1:
                pairs.append((old, after))
            old, after = old + 1, after + 1
    rest = range(len(shape) - old)
    return [*pairs, *((old + place, after + place) for place in rest)]


def padded(devices: Devices, operation: tf.Operation, given: Sequence[Placed]) -> Placed:
    """A border around dimensions that are not shared."""
    one, borders = given[0], constant(operation.inputs[1])
    if one.dim is WHOLE or any(borders[one.dim]):
        raise NotKnownError
    (local,) = devices.each(operation, one, borders, *given[2:])
    return result(operation, local, one.dim)


def along(devices: Devices, operation: tf.Operation, given: Sequence[Placed]) -> Placed:
    """What is done along dimensions that are not shared, and stay."""
    one, axes = given[0], constant(operation.inputs[1])
    dims = axes if isinstance(axes, list) else [axes]
    if one.dim is WHOLE or one.dim in [dim % len(one.shape) for dim in dims]:
        raise NotKnownError
    (local,) = devices.each(operation, one, axes)
    return result(operation, local, one.dim)


SLICE_RULES: dict[str, Any] = {
    **dict.fromkeys(("ConcatV2", "Pack"), joined),
    **dict.fromkeys(("Split", "SplitV", "Unpack"), split),
    **dict.fromkeys(("StridedSlice", "StridedSliceGrad"), strided),
    **dict.fromkeys(("MirrorPad", "Pad", "PadV2"), padded),
    **dict.fromkeys(("Cumprod", "Cumsum", "ReverseV2"), along),
    "Slice": sliced,
}
