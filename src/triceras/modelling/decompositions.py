"""Keras's decompositions of matrices, made to have the gradient of what they look at."""

import functools
from collections.abc import Callable
from typing import Any

import keras
from keras import ops
from keras.src import backend


def install() -> None:
    """Mends Keras's functions, for all models of this process. Calling it again changes nothing.

    Of a symmetric matrix `eigh` has a symmetric gradient; TensorFlow's was that of one triangle,
    twice as large, so that a matrix that is learned itself took other steps. `cholesky_inverse`
    looks at one triangle alone, and on PyTorch had a gradient by the other one too.
    """
    functions: Any = backend.linalg
    if keras.backend.backend() == "tensorflow" and not hasattr(functions.eigh, "__wrapped__"):
        functions.eigh = of_both_triangles(functions.eigh)
    own = functions.cholesky_inverse
    if keras.backend.backend() == "torch" and not hasattr(own, "__wrapped__"):
        functions.cholesky_inverse = of_one_triangle(own)


def of_both_triangles(own: Callable[..., Any]) -> Callable[..., Any]:
    """`eigh` of the mean of a matrix and its transpose, as JAX has it."""

    @functools.wraps(own)
    def eigh(a: Any) -> Any:
        a = ops.convert_to_tensor(a)
        return own((a + ops.conj(ops.swapaxes(a, -1, -2))) / 2)

    return eigh


def of_one_triangle(own: Callable[..., Any]) -> Callable[..., Any]:
    """`cholesky_inverse` that is given what it looks at."""

    @functools.wraps(own)
    def cholesky_inverse(x: Any, upper: bool = False) -> Any:
        return own(ops.triu(x) if upper else ops.tril(x), upper)

    return cholesky_inverse
