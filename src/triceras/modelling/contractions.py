"""Keras's `einsum` on TensorFlow, made to be one matrix product where it can be."""

import functools
from typing import Any

import keras
from keras.src import backend


def install() -> None:
    """Mends Keras's function, for all models of this process. Calling it again changes nothing.

    It multiplies each example by the kernel of an `EinsumDense`, as those of attention are, and so
    makes a gradient of the kernel for each example, to add them up: at 512 examples two thirds of
    the step of a transformer. Its `matmul`, and so `Dense`, does not.
    """
    if keras.backend.backend() == "tensorflow" and not hasattr(backend.numpy.einsum, "__wrapped__"):
        backend.numpy.einsum = by_matrix_products(backend.numpy.einsum)


def by_matrix_products(einsum: Any) -> Any:
    """`einsum` that puts axes together where that leaves a product of two matrices."""

    @functools.wraps(einsum)
    def contract(subscripts: str, *operands: Any, **options: Any) -> Any:
        axes = contracted(subscripts)
        if axes is None or options or not all(map(is_of_floats, operands)):
            return einsum(subscripts, *operands, **options)
        tensordot: Any = backend.numpy.tensordot
        return tensordot(*operands, axes=axes)

    return contract


def contracted(subscripts: str) -> list[list[int]] | None:
    """The axes of two tensors that are multiplied and added up, where no others are in common.

    Those that are left must stay in their order, the first tensor's first.
    """
    operands, _, result = subscripts.replace(" ", "").partition("->")
    first, _, second = operands.partition(",")
    letters = [first, second, result]
    if not all(each.isalpha() and len(set(each)) == len(each) for each in letters):
        return None
    shared = [letter for letter in first if letter in second]
    left = [letter for letter in first + second if letter not in shared]
    if not shared or list(result) != left:
        return None
    return [[operand.index(letter) for letter in shared] for operand in (first, second)]


def is_of_floats(operand: Any) -> bool:
    """Whether what `einsum` is given holds numbers with a fraction."""
    dtype = getattr(operand, "dtype", None)
    return dtype is not None and "float" in keras.backend.standardize_dtype(dtype)
