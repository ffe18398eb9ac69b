"""Keras's `take` on TensorFlow, made to say where it is asked for what is not there."""

import functools
import math
from collections.abc import Callable
from typing import Any

import keras
from keras import ops
from keras.src import backend

from triceras.modelling.addition import is_dense
from triceras.modelling.kinks import is_float


def install() -> None:
    """Mends Keras's function, for all models of this process. Calling it again changes nothing.

    What is beyond the end of a table, as a word that an `Embedding` has no row for, is no number,
    as on JAX. A step that XLA compiles took the last row in its place on TensorFlow, and trained.
    """
    functions: Any = backend.numpy
    if keras.backend.backend() == "tensorflow" and not hasattr(functions.take, "__wrapped__"):
        functions.take = of_what_is_there(functions.take)


def of_what_is_there(own: Callable[..., Any]) -> Callable[..., Any]:
    """`take` that gives no number for an index beyond either end."""

    @functools.wraps(own)
    def take(x: Any, indices: Any, axis: int | None = None) -> Any:
        taken = own(x, indices, axis)
        # What Python or NumPy holds is known, and refused, where a step is traced.
        if not (is_dense(x) and ops.is_tensor(indices) and is_dense(indices)):
            return taken
        place = 0 if axis is None else axis % len(x.shape)
        lengths = tuple(x.shape) if axis is None else (x.shape[place],)
        if None in lengths or not is_float(taken):
            return taken
        size = math.prod(lengths)
        there = ops.logical_and(indices >= -size, indices < size)
        behind = 0 if axis is None else len(x.shape) - 1 - place
        shape = (*[1] * place, *ops.shape(indices), *[1] * behind)
        return ops.where(ops.reshape(there, shape), taken, float("nan"))

    return take
