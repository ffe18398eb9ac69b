"""What an operation of a step gives of shares of its arguments.

A rule is a function of the devices, the operation and its arguments, of which at least one does
not lie whole. What none is known for, or of shares that lie otherwise than it expects, is computed
once, on whole tensors. No rule is for what has a state.
"""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from triceras.engines.placement import WHOLE, NotKnownError, Placed, dimension_in, shares
from triceras.engines.tensorflow_layer_rules import LAYER_RULES
from triceras.engines.tensorflow_placement import Devices, constant, result, shape_of
from triceras.engines.tensorflow_slice_rules import SLICE_RULES

Rule = Callable[[Devices, Any, Sequence[Placed]], Any]

# What is done to each element, or to those of several tensors that belong to each other.
OF_ELEMENTS = """
Abs Acos Acosh Add AddN AddV2 Asin Asinh Atan Atan2 Atanh BesselI0e BesselI1e Bitcast BitwiseAnd
BitwiseOr BitwiseXor Cast Ceil CheckNumerics ClipByValue Cos Cosh Digamma Div DivNoNan Elu EluGrad
Equal Erf Erfc Erfinv Exp Expm1 Floor FloorDiv FloorMod Greater GreaterEqual Inv InvGrad Invert
IsFinite IsInf IsNan LeakyRelu LeakyReluGrad LeftShift Less LessEqual Lgamma Log Log1p LogicalAnd
LogicalNot LogicalOr Maximum Minimum Mod Mul MulNoNan Ndtri Neg NextAfter NotEqual OnesLike Pow
RealDiv Reciprocal ReciprocalGrad Relu Relu6 Relu6Grad ReluGrad RightShift Rint Round Rsqrt
RsqrtGrad SelectV2 Selu SeluGrad Sigmoid SigmoidGrad Sign Sin Sinh Softplus SoftplusGrad Softsign
SoftsignGrad Sqrt SqrtGrad Square SquaredDifference Sub Tan Tanh TanhGrad TruncateDiv TruncateMod
Xdivy Xlog1py Xlogy ZerosLike Zeta
"""
# What gives of sums the sum of what it gives of their parts.
LINEAR = {"Add", "AddN", "AddV2", "Neg", "Sub"}
SCALED = {"Mul", "RealDiv"}


def elementwise(devices: Devices, operation: tf.Operation, given: Sequence[Placed]) -> Placed:
    """Elements that belong to each other lie on the same device."""
    if goes_through_sums(operation, given):
        (local,) = devices.each(operation, *given)
        return result(operation, local, partial=True)
    shape = shape_of(operation.outputs[0])
    dims = [len(shape) - len(one.shape) + one.dim for one in given if one.dim is not WHOLE]
    if not dims:
        raise NotKnownError
    dim = dims[0]

    def beside(one: Placed, tensor: tf.Tensor) -> Placed:
        place = dim - (len(shape) - len(shape_of(tensor)))
        if place < 0 or one.shape[place] == 1:
            return devices.brought(one)
        return devices.shared(one, place)

    (local,) = devices.each(operation, *map(beside, given, operation.inputs))
    return result(operation, local, dim)


def goes_through_sums(operation: tf.Operation, given: Sequence[Placed]) -> bool:
    """Whether an operation on sums is the sum of those on their parts."""
    if operation.type in LINEAR:
        return all(one.partial for one in given)
    if operation.type == "Cast":
        before, after = operation.inputs[0].dtype, operation.outputs[0].dtype
        wider = before.is_floating and after.is_floating and after.size >= before.size
        return given[0].partial and wider
    if operation.type in SCALED:
        first, second = given
        return (first.partial and second.whole) or (
            operation.type == "Mul" and first.whole and second.partial
        )
    return False


def alias(devices: Devices, operation: tf.Operation, given: Sequence[Placed]) -> Sequence[Placed]:
    """The same tensors."""
    return given


def added(devices: Devices, operation: tf.Operation, given: Sequence[Placed]) -> Placed:
    """A sum or a mean over some dimensions."""
    one, axes = given[0], axes_of(operation)
    (local,) = devices.each(operation, one, constant(operation.inputs[1]))
    if one.partial:
        return result(operation, local, partial=True)
    if one.dim in axes:
        if operation.type == "Mean":
            if not operation.outputs[0].dtype.is_floating:
                raise NotKnownError
            # Shares are equal, so that the mean is that of their means.
            local = [part / tf.cast(devices.count, part.dtype) for part in local]
        return result(operation, local, partial=True)
    return result(operation, local, kept(operation, one.dim, axes))


def reduced(devices: Devices, operation: tf.Operation, given: Sequence[Placed]) -> Placed:
    """Another reduction, of dimensions that are not shared."""
    one, axes = given[0], axes_of(operation)
    if one.dim is WHOLE or one.dim in axes:
        raise NotKnownError
    (local,) = devices.each(operation, one, constant(operation.inputs[1]))
    return result(operation, local, kept(operation, one.dim, axes))


def axes_of(operation: tf.Operation) -> list[int]:
    """The dimensions that an operation reduces."""
    axes = constant(operation.inputs[1])
    rank = len(shape_of(operation.inputs[0]))
    return [axis % rank for axis in (axes if isinstance(axes, list) else [axes])]


def kept(operation: tf.Operation, dim: int, axes: Sequence[int]) -> int:
    """Which dimension one is after others were reduced."""
    keeps = "keep_dims" in operation.node_def.attr and operation.get_attr("keep_dims")
    return dim if keeps else dim - sum(axis < dim for axis in set(axes))


def viewed(devices: Devices, operation: tf.Operation, given: Sequence[Placed]) -> Placed:
    """The same elements in another shape."""
    one, shape = given[0], shape_of(operation.outputs[0])
    dim: Any = WHOLE
    if not one.partial:
        dim = dimension_in(shape, one.shape, one.dim, devices.count)
    sizes = shape if dim is WHOLE else shares(shape, dim, devices.count)
    local = []
    for part, name in zip(one.local, devices.names, strict=True):
        with tf.device(name):
            local.append(tf.reshape(part, sizes))
    return result(operation, local, dim, one.partial)


def transposed(devices: Devices, operation: tf.Operation, given: Sequence[Placed]) -> Placed:
    """Dimensions in another order."""
    one, order = given[0], constant(operation.inputs[1])
    (local,) = devices.each(operation, one, order)
    dim = WHOLE if one.partial else order.index(one.dim)
    return result(operation, local, dim, one.partial)


def repeated(devices: Devices, operation: tf.Operation, given: Sequence[Placed]) -> Placed:
    """Dimensions of one element are repeated."""
    one, shape = devices.summed(given[0]), shape_of(operation.outputs[0])
    to = constant(operation.inputs[1])
    new = len(shape) - len(one.shape)
    dim = 0 if one.whole else new + one.dim
    if one.whole:
        devices.check_rows(shape)
        if not new and one.shape[0] != 1:
            raise NotKnownError
        # As many times, of which each device needs its share.
        to[0] //= devices.count
    elif operation.type == "BroadcastTo":
        to = shares(shape, dim, devices.count)
    elif to[dim] != 1:
        raise NotKnownError  # all rows again, and no row again beside itself
    (local,) = devices.each(operation, one, to)
    return result(operation, local, dim)


def filled(devices: Devices, operation: tf.Operation, given: Sequence[Placed]) -> Placed:
    """One element, as often as a batch has."""
    shape = shape_of(operation.outputs[0])
    devices.check_rows(shape)
    value = devices.brought(given[1])
    (local,) = devices.each(operation, shares(shape, 0, devices.count), value)
    return result(operation, local, 0)


def measured(devices: Devices, operation: tf.Operation, given: Sequence[Placed]) -> list[Placed]:
    """Shapes of tensors, whose elements do not matter."""
    sizes = [list(shape_of(tensor)) for tensor in operation.inputs]
    return [
        Placed(tf.constant(size, output.dtype), shape_of(output))
        for size, output in zip(sizes, operation.outputs, strict=True)
    ]


def halved_squares(devices: Devices, operation: tf.Operation, given: Sequence[Placed]) -> Placed:
    """The sum of half of all squares."""
    if given[0].partial:
        raise NotKnownError
    (local,) = devices.each(operation, given[0])
    return result(operation, local, partial=True)


# What makes something of a batch's size of what has no rows: it is computed where the rows are.
# That it has rows is no more than a guess, which makes a step faster and is never wrong: what looks
# like rows and is something else is put together again.
REPEATS = {"BroadcastTo", "Fill", "Tile"}
RULES: dict[str, Rule] = {
    **dict.fromkeys(OF_ELEMENTS.split(), elementwise),
    **dict.fromkeys(("Identity", "IdentityN", "StopGradient", "PreventGradient"), alias),
    **dict.fromkeys(("Sum", "Mean"), added),
    **dict.fromkeys(("All", "Any", "ArgMax", "ArgMin", "Max", "Min", "Prod"), reduced),
    **dict.fromkeys(("ExpandDims", "Reshape", "Squeeze"), viewed),
    **dict.fromkeys(("BroadcastTo", "Tile"), repeated),
    **dict.fromkeys(("Shape", "ShapeN"), measured),
    "Fill": filled,
    "L2Loss": halved_squares,
    "Transpose": transposed,
    **LAYER_RULES,
    **SLICE_RULES,
}
