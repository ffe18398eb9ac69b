"""Keras's largest of each segment on TensorFlow, made to be none where a segment has nothing."""

import functools
from typing import Any

import keras
from keras import ops
from keras.src import backend


def install() -> None:
    """Mends Keras's functions, for all models of this process. Calling it again changes nothing.

    Of a segment without elements, as of a node of a graph without neighbours, the largest one is
    minus infinity, which a model can look for; TensorFlow gives the least finite number.
    """
    functions: Any = backend.math
    own = functions.segment_max
    if keras.backend.backend() == "tensorflow" and not hasattr(own, "__wrapped__"):
        functions.segment_max = or_none(functions.segment_max, 1)
        functions.segment_min = or_none(functions.segment_min, -1)


def or_none(segment: Any, sign: int) -> Any:
    """`segment_max` (sign 1) or `segment_min` (-1) with an infinite number for nothing."""

    @functools.wraps(segment)
    def of_segments(data: Any, *arguments: Any, **options: Any) -> Any:
        found = segment(data, *arguments, **options)
        if "float" not in keras.backend.standardize_dtype(found.dtype):
            return found
        least = -sign * float(found.dtype.max)
        nothing = ops.full_like(found, -sign * float("inf"))
        return ops.where(found == ops.cast(least, found.dtype), nothing, found)

    return of_segments
