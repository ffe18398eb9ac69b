"""Keras's `einsum` on TensorFlow, made to be matrix products as `matmul` takes them."""

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
from keras.src import backend


def install() -> None:
    """Mends Keras's function, for all models of this process. Calling it again changes nothing.

    It multiplies each example by the kernel of an `EinsumDense`, as those of attention are, and so
    makes a gradient of the kernel for each example, to add them up: at 512 examples two thirds of
    the step of a transformer. Its `matmul`, and so `Dense`, does not.

    Of what attention multiplies for each head it turns the last two axes around, and its gradient
    turns them back: two more arrays of keys and values.
    """
    if keras.backend.backend() == "tensorflow" and not hasattr(backend.numpy.einsum, "__wrapped__"):
        backend.numpy.einsum = by_matrix_products(backend.numpy.einsum)


def by_matrix_products(einsum: Any) -> Any:
    """`einsum` that leaves to it what is no product of matrices of numbers with a fraction."""

    @functools.wraps(einsum)
    def contract(subscripts: str, *operands: Any, **options: Any) -> Any:
        floats = len(operands) == 2 and all(map(is_of_floats, operands))
        if options or not floats or not have_the_axes_of(operands, subscripts):
            return einsum(subscripts, *operands, **options)
        axes = contracted(subscripts)
        if axes is not None:
            tensordot: Any = backend.numpy.tensordot
            return tensordot(*operands, axes=axes)
        product = batched(subscripts)
        same = operands[0].dtype == operands[1].dtype
        return einsum(subscripts, *operands) if product is None or not same else product(*operands)

    return contract


class Batched(NamedTuple):
    """How two tensors are multiplied, matrix by matrix.

    Attributes:
        swapped: whether the second one is the left factor.
        left: the order of the axes of the left factor, that which is added up last.
        right: of the right factor.
        turned: whether that which is added up is last in the right factor too.
        result: of the product, `None` where it is right as it is.
    """

    swapped: bool
    left: list[int]
    right: list[int]
    turned: bool
    result: list[int] | None

    def __call__(self, first: Any, second: Any) -> Any:
        """The product."""
        left, right = (second, first) if self.swapped else (first, second)
        left, right = permuted(left, self.left), permuted(right, self.right)
        # `keras.ops.matmul` cannot be told that a factor is turned, and would have it copied.
        functions: Any = backend.numpy
        product = functions.tf.matmul(left, right, transpose_b=self.turned)
        return product if self.result is None else permuted(product, self.result)


def permuted(x: Any, order: list[int]) -> Any:
    """`keras.ops.transpose`, where anything is to be done."""
    return x if order == sorted(order) else keras.ops.transpose(x, order)


def batched(subscripts: str) -> Batched | None:
    """How to multiply a stack of matrices by another, where that is what is asked for.

    Both have the axes of the stack, and one axis each is left in the result.
    """
    letters = parsed(subscripts)
    if letters is None:
        return None
    first, second, result = letters
    shared = [letter for letter in first if letter in second]
    stack = [letter for letter in result if letter in shared]
    added = [letter for letter in shared if letter not in result]
    left = [[x for x in operand if x not in shared] for operand in (first, second)]
    if not stack or [len(added), *map(len, left)] != [1, 1, 1]:
        return None
    if sorted(result) != sorted(stack + left[0] + left[1]):
        return None
    # What is last in the result is of the right factor.
    swapped = result.index(left[0][0]) > result.index(left[1][0])
    operands, left = ([second, first], left[::-1]) if swapped else ([first, second], left)
    turned = operands[1][-1] == added[0]
    orders = [
        stack + left[0] + added,
        stack + left[1] + added if turned else stack + added + left[1],
    ]
    found = [
        [operand.index(x) for x in order] for operand, order in zip(operands, orders, strict=True)
    ]
    product = stack + left[0] + left[1]
    after = None if product == [*result] else [product.index(x) for x in result]
    return Batched(swapped, found[0], found[1], turned, after)


def parsed(subscripts: str) -> tuple[str, str, str] | None:
    """The letters of two tensors and of their product, of which none is twice in one."""
    operands, _, result = subscripts.replace(" ", "").partition("->")
    first, _, second = operands.partition(",")
    letters = first, second, result
    ordinary = all(each.isalpha() and len(set(each)) == len(each) for each in letters)
    return letters if ordinary else None


def contracted(subscripts: str) -> list[list[int]] | None:
    """The axes of two tensors that are multiplied and added up, where no others are in common.

    Those that are left must stay in their order, the first tensor's first.
    """
    letters = parsed(subscripts)
    if letters is None:
        return None
    first, second, result = letters
    shared = [letter for letter in first if letter in second]
    left = [letter for letter in first + second if letter not in shared]
    if not shared or list(result) != left:
        return None
    return [[operand.index(letter) for letter in shared] for operand in (first, second)]


def have_the_axes_of(operands: Sequence[Any], subscripts: str) -> bool:
    """Whether two tensors have as many axes as there are letters of each."""
    letters = parsed(subscripts)
    try:
        found = [len(x.shape) for x in operands]
    except ValueError:
        # It is not known in a function of TensorFlow's.
        return False
    return letters is not None and found == [len(each) for each in letters[:2]]


def is_of_floats(operand: Any) -> bool:
    """Whether what `einsum` is given holds numbers with a fraction."""
    dtype = getattr(operand, "dtype", None)
    return dtype is not None and "float" in keras.backend.standardize_dtype(dtype)
