"""How the value of a node is computed element by element, by the operations of pointwise.c."""

import struct
from typing import Any, NamedTuple

import torch
from torch.fx import Node

# As in pointwise.c, and the numbers of `compute` there.
BLOCK = 256
DIMENSIONS = 6
OPERATIONS = (
    *("copy", "add", "sub", "mul", "div", "neg", "sqrt", "abs", "fma", "max", "min"),
    *("eq", "ne", "lt", "le", "where", "whole_add", "whole_sub", "whole_mul"),
    *("and", "or", "xor", "right", "left", "whole_eq", "whole_ne", "whole_lt", "whole_le"),
    *("as_float", "store_truth"),
)
NUMBER_OF = {name: place for place, name in enumerate(OPERATIONS)}
OF_FLOATS_TOO = {"add", "sub", "mul", "eq", "ne", "lt", "le"}

FLOAT, WHOLE, TRUTH = torch.float32, torch.int32, torch.bool


class Number(NamedTuple):
    """A number, by the 32 bits that it is kept in."""

    bits: int


class Local(NamedTuple):
    """What an earlier one of the steps of a recipe gave."""

    step: int


class Step(NamedTuple):
    """One operation of pointwise.c."""

    operation: str
    operands: tuple[Any, ...]


class ImpossibleError(Exception):
    """An operation that is left to PyTorch."""


def number(value: Any) -> Number:
    """A number of Python as an operand."""
    if isinstance(value, float):
        try:
            return Number(struct.unpack("<i", struct.pack("<f", value))[0])
        except OverflowError:
            return number(float("inf") if value > 0 else float("-inf"))
    if not -(2**31) <= int(value) < 2**31:
        raise ImpossibleError
    return Number(int(value))


class Recipe:
    """The steps that give the value of a node.

    Args:
        node: of a graph that is traced with fake tensors.
    """

    def __init__(self, node: Node):
        self.node = node
        self.dtype: torch.dtype = node.meta["val"].dtype
        self.steps: list[Step] = []

    def step(self, operation: str, *operands: Any) -> Local:
        """Adds an operation."""
        self.steps.append(Step(operation, operands))
        return Local(len(self.steps) - 1)

    def is_float(self, operand: Any) -> bool:
        """Whether an argument of an operation is a number with a fraction."""
        return isinstance(operand, float) or dtype_of(operand) is FLOAT

    def of(self, operand: Any, as_float: bool) -> Any:
        """An argument, as a number with a fraction or as a whole one."""
        if isinstance(operand, Local | Number):
            return operand
        if isinstance(operand, bool | int | float):
            if isinstance(operand, float) and not as_float:
                # Its bits would be taken for a whole number.
                raise ImpossibleError
            return number(float(operand) if as_float else operand)
        dtype = dtype_of(operand)
        if dtype is FLOAT and as_float:
            return operand
        if dtype in (WHOLE, TRUTH):
            return self.step("as_float", operand) if as_float else operand
        raise ImpossibleError

    def compute(self, operation: str, *operands: Any) -> Local:
        """An operation on arguments, which are of the kind of the result."""
        if self.dtype is TRUTH and operation not in ("and", "or", "xor", "where", "copy"):
            raise ImpossibleError
        as_float = self.dtype is FLOAT
        if not as_float and operation in OF_FLOATS_TOO:
            operation = "whole_" + operation
        elif not as_float and operation not in ("and", "or", "xor", "right", "left", "copy"):
            raise ImpossibleError
        return self.step(operation, *(self.of(a, as_float) for a in operands))

    def compare(self, operation: str, x: Any, y: Any) -> Local:
        """A comparison of two arguments."""
        as_float = self.is_float(x) or self.is_float(y)
        operation = operation if as_float else "whole_" + operation
        return self.step(operation, self.of(x, as_float), self.of(y, as_float))

    def choose(self, condition: Any, x: Any, y: Any) -> Local:
        """One or the other of two arguments."""
        as_float = self.dtype is FLOAT
        if not isinstance(condition, Local) and dtype_of(condition) is not TRUTH:
            raise ImpossibleError
        if self.dtype is TRUTH:
            # Any number but 0 is true.
            x, y = (bool(a) if isinstance(a, int | float) else a for a in (x, y))
        return self.step("where", condition, self.of(x, as_float), self.of(y, as_float))


def dtype_of(operand: Any) -> Any:
    """The type of a tensor's elements, or `None`."""
    value = operand.meta.get("val") if isinstance(operand, Node) else None
    return value.dtype if isinstance(value, torch.Tensor) else None
