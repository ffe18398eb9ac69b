"""Indices of JAX's arrays, which name no element there is, made to be refused as elsewhere."""

import functools
import operator
import sys
from typing import Any

import keras
import numpy as np
from keras.src import backend

MENDED = "within_axes"


def install() -> None:
    """Mends JAX's classes, for all models of this process. Calling it again changes nothing.

    `targets[:, 1]` of one column is column 0 on JAX, which takes the nearest element for one beyond
    an axis. TensorFlow, PyTorch and NumPy refuse an index that they know to be beyond it.
    """
    if keras.backend.backend() != "jax":
        return
    jax: Any = backend.core
    for kind in (jax.jax.core.Tracer, sys.modules["jax._src.array"].ArrayImpl):
        if not hasattr(kind.__getitem__, MENDED):
            kind.__getitem__ = within_axes(kind.__getitem__)


def within_axes(getitem: Any) -> Any:
    """An indexing that refuses whole numbers beyond an axis.

    Args:
        getitem: of a class of arrays.
    """

    @functools.wraps(getitem)
    def get(self: Any, index: Any) -> Any:
        check(index, self.shape)
        return getitem(self, index)

    setattr(get, MENDED, True)
    return get


def check(index: Any, shape: tuple[Any, ...]) -> None:
    """Checks the whole numbers of an index, as far as it is known which axis each is of.

    Raises:
        IndexError: one is beyond its axis.
    """
    each = index if isinstance(index, tuple) else (index,)
    axis = 0
    for place, one in enumerate(each):
        if one is None:
            continue
        if one is Ellipsis:
            axis = len(shape) - axes_of(each[place + 1 :])
        elif isinstance(one, slice):
            axis += 1
        elif is_whole(one) and 0 <= axis < len(shape):
            size = shape[axis]
            if isinstance(size, int) and not -size <= operator.index(one) < size:
                raise IndexError(
                    f"index {one} is beyond axis {axis}, of {size}, in an array of shape {shape}"
                )
            axis += 1
        else:
            return


def axes_of(each: tuple[Any, ...]) -> int:
    """How many axes the parts of an index are of that come after an ellipsis."""
    return sum(getattr(one, "ndim", 1) if is_mask(one) else one is not None for one in each)


def is_mask(one: Any) -> bool:
    """Whether a part of an index is an array of truths, which is of as many axes as it has."""
    return str(getattr(one, "dtype", "")) == "bool"


def is_whole(one: Any) -> bool:
    """Whether a part of an index is a whole number that is known."""
    return not isinstance(one, bool) and isinstance(one, int | np.integer)
