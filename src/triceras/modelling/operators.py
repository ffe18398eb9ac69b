"""The operators of TensorFlow's tensors, made to take numbers of two types as Keras's do."""

import functools
from typing import Any

import keras
import numpy as np
from keras.src import backend

MENDED = "of_two_types"
COMPUTING = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul")
COMPARING = ("lt", "le", "gt", "ge", "eq", "ne")


def install() -> None:
    """Mends TensorFlow's class, for all models of this process. Calling it again changes nothing.

    `(ops.arange(n) + 0.5) / n` is no function of Keras, but operators of the framework, and
    TensorFlow's refuse two types, where those of JAX and PyTorch take both for the wider one. Some
    it does not refuse: a mask times a tensor stays a mask, and whole numbers and an array of
    NumPy's that has fractions are whole ones.
    """
    if keras.backend.backend() != "tensorflow":
        return
    functions: Any = backend.numpy
    kind = functions.tf.Tensor
    names = [*COMPUTING, *(f"r{name}" for name in COMPUTING), *COMPARING]
    for name in (f"__{name}__" for name in names):
        operator = getattr(kind, name)
        if not hasattr(operator, MENDED):
            setattr(kind, name, of_two_types(operator, "truediv" in name, kind))


def of_two_types(operator: Any, divides: bool, kind: type) -> Any:
    """An operator that brings what it is given to the type that Keras would compute in.

    Args:
        operator: of TensorFlow.
        divides: whether it gives fractions of whole numbers.
        kind: TensorFlow's class of tensors.
    """

    @functools.wraps(operator)
    def operate(self: Any, other: Any) -> Any:
        if isinstance(other, kind) and self.dtype == other.dtype and not divides:
            return operator(self, other)
        dtype = type_of_both(self, other, divides)
        if dtype is not None:
            self, other = (keras.ops.cast(x, dtype) for x in (self, other))
        return operator(self, other)

    setattr(operate, MENDED, True)
    return operate


def type_of_both(x: Any, other: Any, divides: bool = False) -> str | None:
    """The type that Keras computes in; `None` where it is left to TensorFlow.

    Args:
        x: a tensor.
        other: anything.
        divides: whether whole numbers are divided.
    """
    try:
        first = backend.standardize_dtype(x.dtype)
        second = type_beside(other, first)
        if second is None:
            return None
        whole = divides and is_whole(first) and (second is int or is_whole(second))
        dtype = backend.result_type(first, second, *([float] if whole else []))
    except ValueError:  # such as texts are
        return None
    return None if dtype == first and second in (int, float, first) else dtype


def type_beside(other: Any, first: str) -> Any:
    """The type of what is beside a tensor; `None` where that is no number of one."""
    if isinstance(other, bool):
        return None
    if isinstance(other, float):
        return float
    if isinstance(other, int):
        return int
    if isinstance(other, (np.ndarray, np.generic)):
        # A tensor with fractions takes an array to its own type already.
        wide = other.dtype.kind == "f" and (first == "bool" or is_whole(first))
        return (float if other.dtype == "float64" else str(other.dtype)) if wide else None
    functions: Any = backend.numpy
    tf = functions.tf
    if isinstance(other, (tf.Tensor, tf.Variable, keras.Variable)):
        return backend.standardize_dtype(other.dtype)
    return None


def is_whole(dtype: Any) -> bool:
    """Whether a type is one of whole numbers."""
    return isinstance(dtype, str) and "int" in dtype
