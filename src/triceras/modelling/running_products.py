"""Keras's running products on TensorFlow, made to have a gradient where a factor is 0."""

import functools
from typing import Any

import keras
from keras import ops
from keras.src import backend

from triceras.modelling.kinks import is_float


def install() -> None:
    """Mends Keras's function, for all models of this process. Calling it again changes nothing.

    TensorFlow divides by the factors, and takes 0 where one is 0. So a ray of a radiance field that
    ends in something solid had no gradient to what is solid, on TensorFlow alone.
    """
    functions: Any = backend.numpy
    own = functions.cumprod
    if keras.backend.backend() == "tensorflow" and not hasattr(own, "__wrapped__"):
        functions.cumprod = by_doubling(own)


def by_doubling(cumprod: Any) -> Any:
    """`cumprod` that multiplies ever longer runs, and divides by none."""

    @functools.wraps(cumprod)
    def products(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
        x = ops.convert_to_tensor(x, dtype=dtype)
        x = ops.reshape(x, (-1,)) if axis is None else x
        place = 0 if axis is None else axis
        size = x.shape[place] if x.shape.rank else None
        if size is None or not is_float(x):
            return cumprod(x, place)
        x, run = ops.moveaxis(x, place, 0), 1
        while run < size:
            x = ops.concatenate([x[:run], x[run:] * x[:-run]], 0)
            run *= 2
        return ops.moveaxis(x, 0, place)

    return products
