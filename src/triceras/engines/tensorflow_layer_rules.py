"""What an operation that layers are made of gives of shares; see `tensorflow_placement_rules`."""

import string
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from triceras.engines.placement import WHOLE, NotKnownError, Placed, shares
from triceras.engines.tensorflow_placement import Devices, constant, result, shape_of

# Operations on each row of a batch, the first dimension. A letter stands for each argument, and
# after the arrow for each result: `r` for rows, `w` for what all rows share, `z` for the shape of
# rows, `s` for a sum over rows.
BY_ROWS = {
    "AvgPool": "r>r",
    "AvgPool3D": "r>r",
    "AvgPool3DGrad": "zr>r",
    "AvgPoolGrad": "zr>r",
    "BiasAdd": "rw>r",
    "BiasAddGrad": "r>s",
    "Conv2D": "rw>r",
    "Conv2DBackpropFilter": "rwr>s",
    "Conv2DBackpropInput": "zwr>r",
    "Conv3D": "rw>r",
    "Conv3DBackpropFilterV2": "rwr>s",
    "Conv3DBackpropInputV2": "zwr>r",
    "DepthToSpace": "r>r",
    "DepthwiseConv2dNative": "rw>r",
    "DepthwiseConv2dNativeBackpropFilter": "rwr>s",
    "DepthwiseConv2dNativeBackpropInput": "zwr>r",
    "ExtractImagePatches": "r>r",
    "LRN": "r>r",
    "MaxPool": "r>r",
    "MaxPool3D": "r>r",
    "MaxPool3DGrad": "rrr>r",
    "MaxPoolGrad": "rrr>r",
    "ResizeBilinear": "rw>r",
    "ResizeBilinearGrad": "rr>r",
    "ResizeNearestNeighbor": "rw>r",
    "ResizeNearestNeighborGrad": "rw>r",
    "SoftmaxCrossEntropyWithLogits": "rr>rr",
    "SpaceToDepth": "r>r",
    "SparseSoftmaxCrossEntropyWithLogits": "rr>rr",
    "UnsortedSegmentSum": "rrw>s",
}


def of_rows(devices: Devices, operation: tf.Operation, given: Sequence[Placed]) -> list[Placed]:
    """What is done to each row of a batch, and its gradients; see `BY_ROWS`."""
    kinds, _, results = BY_ROWS[operation.type].partition(">")
    inputs: list[Any] = []
    for kind, one in zip(kinds, given, strict=True):
        if kind == "z":
            inputs.append(shares(shape_of(operation.outputs[0]), 0, devices.count))
        elif kind == "r":
            if not one.shape:
                raise NotKnownError
            inputs.append(devices.shared(one, 0))
        else:
            inputs.append(devices.brought(one))
    found = []
    for kind, local, output in zip(
        results, devices.each(operation, *inputs), operation.outputs, strict=True
    ):
        shape = shape_of(output)
        found.append(Placed(local, shape, 0) if kind == "r" else Placed(local, shape, partial=True))
    return found


def contracted(devices: Devices, operation: tf.Operation, given: Sequence[Placed]) -> Placed:
    """A product of which some dimensions are summed, as one of matrices."""
    *sides, after = dimensions(operation)
    if any(len(side) != len(one.shape) for side, one in zip(sides, given, strict=True)):
        raise NotKnownError
    letters = [
        side[one.dim] for side, one in zip(sides, given, strict=True) if one.dim is not WHOLE
    ]
    if not letters:
        raise NotKnownError
    letter = letters[0]
    inputs = [
        devices.shared(one, side.index(letter)) if letter in side else devices.brought(one)
        for side, one in zip(sides, given, strict=True)
    ]
    (local,) = devices.each(operation, *inputs)
    if letter in after:
        return result(operation, local, after.index(letter))
    return result(operation, local, partial=True)


def dimensions(operation: tf.Operation) -> list[str]:
    """A letter for each dimension of the arguments of a product, and of its result.

    Raises:
        NotKnownError: one is repeated.
    """
    if operation.type == "Einsum":
        before, after = operation.get_attr("equation").decode().split("->")
        found = [*before.split(","), after]
        if "." in "".join(found) or any(len(set(side)) < len(side) for side in found):
            raise NotKnownError
        return found
    first, second = (shape_of(tensor) for tensor in operation.inputs)
    if first[:-2] != second[:-2]:
        raise NotKnownError
    names = ("transpose_a", "transpose_b") if operation.type == "MatMul" else ("adj_x", "adj_y")
    swaps = [operation.get_attr(name) for name in names]
    outer = string.ascii_uppercase[: len(first) - 2]
    sides = [side[::-1] if swap else side for side, swap in zip(("mk", "kn"), swaps, strict=True)]
    return [outer + sides[0], outer + sides[1], outer + "mn"]


def looked_up(devices: Devices, operation: tf.Operation, given: Sequence[Placed]) -> Placed:
    """Rows of a table by their numbers, or the same of each row of a table."""
    table, numbers = given[:2]
    axis = constant(operation.inputs[2])
    if operation.get_attr("batch_dims") or axis < 0 or table.partial or numbers.partial:
        raise NotKnownError
    if table.whole:
        dim = axis + numbers.dim
    elif table.dim != axis and numbers.whole:
        dim = table.dim + (len(numbers.shape) - 1 if table.dim > axis else 0)
    else:
        raise NotKnownError
    (local,) = devices.each(operation, table, numbers, axis)
    return result(operation, local, dim)


def along_last(devices: Devices, operation: tf.Operation, given: Sequence[Placed]) -> list[Placed]:
    """What is done along the last dimension, which stays."""
    one = given[0]
    if one.dim is WHOLE or one.dim == len(one.shape) - 1 or not all(a.whole for a in given[1:]):
        raise NotKnownError
    locals_of = devices.each(operation, *given)
    return [
        Placed(local, shape_of(output), one.dim)
        for local, output in zip(locals_of, operation.outputs, strict=True)
    ]


def one_hot(devices: Devices, operation: tf.Operation, given: Sequence[Placed]) -> Placed:
    """A new last dimension for the values of a number."""
    if given[0].dim is WHOLE or operation.get_attr("axis") != -1:
        raise NotKnownError
    (local,) = devices.each(operation, *given)
    return result(operation, local, given[0].dim)


LAYER_RULES: dict[str, Any] = {
    **dict.fromkeys(BY_ROWS, of_rows),
    **dict.fromkeys(("BatchMatMulV2", "BatchMatMulV3", "Einsum", "MatMul"), contracted),
    **dict.fromkeys(("LogSoftmax", "Softmax", "TopKV2"), along_last),
    "GatherV2": looked_up,
    "OneHot": one_hot,
}
