"""Which of PyTorch's operations are computed element by element, and out of which simpler ones.

Each gives the bits that PyTorch gives, but for a square root, which PyTorch itself rounds wrongly
now and then. What PyTorch approximates, as it does `exp`, is left to it.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch.fx import Node

from triceras.engines.torch_recipes import (
    DIMENSIONS,
    FLOAT,
    TRUTH,
    WHOLE,
    ImpossibleError,
    Recipe,
    Step,
    dtype_of,
    number,
)

aten = torch.ops.aten


def add(r: Recipe, x: Any, y: Any, alpha: Any = 1) -> None:
    """The sum, of a multiple of the second."""
    if alpha == 1:
        r.compute("add", x, y)
    elif alpha == -1:
        r.compute("sub", x, y)
    elif r.dtype is FLOAT:
        r.compute("fma", float(alpha), y, x)
    else:
        raise ImpossibleError


def sub(r: Recipe, x: Any, y: Any, alpha: Any = 1) -> None:
    """The difference, of a multiple of the second."""
    add(r, x, y, -alpha)


def divide(r: Recipe, x: Any, y: Any) -> None:
    """The quotient."""
    if r.dtype is not FLOAT:
        raise ImpossibleError
    r.compute("div", x, y)


def power(r: Recipe, x: Any, exponent: Any) -> None:
    """A power that is computed exactly."""
    if exponent == 1:
        r.compute("copy", x)
    elif exponent == 2:
        r.compute("mul", x, x)
    elif exponent == 3:
        r.compute("mul", r.compute("mul", x, x), x)
    elif exponent == 0.5:
        r.compute("sqrt", x)
    else:
        raise ImpossibleError


def clamp(r: Recipe, x: Any, low: Any = None, high: Any = None) -> None:
    """What is below or above a bound becomes the bound."""
    # Of two zeros the second one is taken, and that is the number's, with its sign.
    if low is not None:
        x = r.compute("max", low, x)
    if high is not None:
        x = r.compute("min", high, x)
    r.compute("copy", x)


def threshold_backward(r: Recipe, gradient: Any, x: Any, threshold: Any) -> None:
    """The gradient of `relu`."""
    r.choose(r.compare("le", x, float(threshold)), 0.0, gradient)


def leaky_relu(r: Recipe, x: Any, slope: float = 0.01) -> None:
    """A slope on each side of 0."""
    r.choose(r.compare("lt", 0.0, x), x, r.compute("mul", x, float(slope)))


def leaky_relu_backward(r: Recipe, gradient: Any, x: Any, slope: float, _: bool) -> None:
    """Its gradient."""
    r.choose(r.compare("lt", 0.0, x), gradient, r.compute("mul", gradient, float(slope)))


def sigmoid_backward(r: Recipe, gradient: Any, y: Any) -> None:
    """The gradient of a sigmoid, by its value."""
    r.compute("mul", r.compute("mul", gradient, r.compute("sub", 1.0, y)), y)


def tanh_backward(r: Recipe, gradient: Any, y: Any) -> None:
    """The gradient of a hyperbolic tangent, by its value."""
    r.compute("mul", gradient, r.compute("fma", r.compute("neg", y), y, 1.0))


def addcmul(r: Recipe, x: Any, y: Any, z: Any, value: float = 1) -> None:
    """A sum with a product."""
    r.compute("fma", r.compute("mul", y, float(value)), z, x)


def addcdiv(r: Recipe, x: Any, y: Any, z: Any, value: float = 1) -> None:
    """A sum with a quotient."""
    r.compute("add", x, r.compute("div", r.compute("mul", y, float(value)), z))


def lerp(r: Recipe, x: Any, y: Any, weight: float) -> None:
    """A point between two, reckoned from the nearer one."""
    if abs(weight) < 0.5:
        r.compute("fma", weight, r.compute("sub", y, x), x)
    else:
        less = r.compute("sub", float(weight), 1.0)
        r.compute("fma", less, r.compute("sub", y, x), y)


def invert(r: Recipe, x: Any) -> None:
    """The other truth value, or the other bits."""
    if dtype_of(x) is not r.dtype:
        raise ImpossibleError
    if r.dtype is TRUTH:
        r.step("whole_eq", x, number(0))
    else:
        r.compute("xor", x, -1)


def both(operation: str) -> Callable[..., None]:
    """An operation on two truth values."""

    def logical(r: Recipe, x: Any, y: Any) -> None:
        if dtype_of(x) is not TRUTH or dtype_of(y) is not TRUTH:
            raise ImpossibleError
        r.step(operation, x, y)

    return logical


def convert(r: Recipe, x: Any, **options: Any) -> None:
    """The same number in another type."""
    if dtype_of(x) is FLOAT and r.dtype is not FLOAT:
        raise ImpossibleError
    if r.dtype is TRUTH and dtype_of(x) is not TRUTH:
        raise ImpossibleError
    r.compute("copy", x)


def sign(r: Recipe, x: Any) -> None:
    """-1, 0 or 1."""
    if not r.is_float(x):
        raise ImpossibleError
    above, below = r.compare("lt", 0.0, x), r.compare("lt", x, 0.0)
    r.step("as_float", r.step("whole_sub", above, below))


def simple(operation: str) -> Callable[..., None]:
    """What is one operation of pointwise.c."""
    return lambda r, *operands: r.compute(operation, *operands) and None


def comparison(operation: str, turned: bool = False) -> Callable[..., None]:
    """A comparison, with its sides changed where that is wanted."""
    return lambda r, x, y: r.compare(operation, *((y, x) if turned else (x, y))) and None


def forms(name: str, *overloads: str) -> list[Any]:
    """The overloads of an operation."""
    return [getattr(getattr(aten, name), overload) for overload in overloads]


BINARY = ("Tensor", "Scalar")
RULES: dict[Any, Callable[..., None]] = {
    **dict.fromkeys(forms("add", *BINARY), add),
    **dict.fromkeys(forms("sub", *BINARY), sub),
    aten.rsub.Scalar: lambda r, x, y, alpha=1: sub(r, y, x, alpha),
    aten.rsub.Tensor: lambda r, x, y, alpha=1: sub(r, y, x, alpha),
    aten.neg.default: lambda r, x: r.compute("neg", x) and None,
    aten.sqrt.default: simple("sqrt"),
    aten.abs.default: simple("abs"),
    aten.reciprocal.default: lambda r, x: divide(r, 1.0, x),
    aten.relu.default: lambda r, x: r.compute("max", 0.0, x) and None,
    aten.maximum.default: simple("max"),
    aten.minimum.default: simple("min"),
    aten.clamp.default: clamp,
    aten.clamp.Tensor: clamp,
    aten.clamp_min.default: clamp,
    aten.clamp_max.default: lambda r, x, high: clamp(r, x, None, high),
    aten.pow.Tensor_Scalar: power,
    aten.threshold_backward.default: threshold_backward,
    aten.leaky_relu.default: leaky_relu,
    aten.leaky_relu_backward.default: leaky_relu_backward,
    aten.sigmoid_backward.default: sigmoid_backward,
    aten.tanh_backward.default: tanh_backward,
    aten.lerp.Scalar: lerp,
    aten.addcmul.default: addcmul,
    aten.addcdiv.default: addcdiv,
    aten.where.self: lambda r, condition, x, y: r.choose(condition, x, y) and None,
    aten.masked_fill.Scalar: lambda r, x, mask, y: r.choose(mask, y, x) and None,
    aten.sign.default: sign,
    aten.logical_not.default: invert,
    aten.bitwise_not.default: invert,
    aten.logical_and.default: both("and"),
    aten.logical_or.default: both("or"),
    aten.clone.default: convert,
    aten._to_copy.default: convert,
    **dict.fromkeys(forms("mul", *BINARY), simple("mul")),
    **dict.fromkeys(forms("div", *BINARY), divide),
    **dict.fromkeys(forms("eq", *BINARY), comparison("eq")),
    **dict.fromkeys(forms("ne", *BINARY), comparison("ne")),
    **dict.fromkeys(forms("lt", *BINARY), comparison("lt")),
    **dict.fromkeys(forms("le", *BINARY), comparison("le")),
    **dict.fromkeys(forms("gt", *BINARY), comparison("lt", turned=True)),
    **dict.fromkeys(forms("ge", *BINARY), comparison("le", turned=True)),
    **dict.fromkeys(forms("bitwise_and", *BINARY), simple("and")),
    **dict.fromkeys(forms("bitwise_or", *BINARY), simple("or")),
    **dict.fromkeys(forms("bitwise_xor", *BINARY), simple("xor")),
    **dict.fromkeys(forms("bitwise_right_shift", "Tensor", "Tensor_Scalar"), simple("right")),
    **dict.fromkeys(forms("bitwise_left_shift", "Tensor", "Tensor_Scalar"), simple("left")),
}


def recipe_of(node: Node) -> list[Step] | None:
    """The steps that give the value of a node, or `None` where it is left to PyTorch."""
    rule, value = RULES.get(node.target), node.meta.get("val")
    if rule is None or not fits(value):
        return None
    if not all(fits_operand(operand) for operand in node.all_input_nodes):
        return None
    recipe = Recipe(node)
    try:
        rule(recipe, *node.args, **node.kwargs)
    except (ImpossibleError, TypeError):
        return None
    return recipe.steps


def fits(value: Any) -> bool:
    """Whether a result is one that pointwise.c can write."""
    return (
        fits_tensor(value)
        and value.is_contiguous()
        and value.numel() > 0
        and value.dim() <= DIMENSIONS
    )


def fits_operand(operand: Node) -> bool:
    """Whether an operand is one that pointwise.c can read."""
    return fits_tensor(operand.meta.get("val"))


def fits_tensor(value: Any) -> bool:
    """Whether a tensor is of a kind that pointwise.c knows."""
    return (
        isinstance(value, torch.Tensor)
        and value.dtype in (FLOAT, WHOLE, TRUTH)
        and value.device.type == "cpu"
        and value.layout is torch.strided
        # What lies in memory is then its negative.
        and not value.is_neg()
    )
