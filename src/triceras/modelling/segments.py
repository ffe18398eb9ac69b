"""Keras's sums and extremes of segments, made to leave out what is in none of them."""

import functools
from collections.abc import Callable
from typing import Any

import keras
from keras import ops
from keras.src import backend

from triceras.modelling.kinks import is_float

NAMES = ("segment_sum", "segment_prod", "segment_max", "segment_min")


def install() -> None:
    """Mends Keras's functions, for all models of this process. Calling it again changes nothing.

    Of a segment without elements, as of a node of a graph without neighbours, the largest one is
    minus infinity, which a model can look for; TensorFlow gives the least finite number.

    What belongs to a segment beyond the last one, as padding does, counts nowhere. On TensorFlow it
    had a gradient where a step is compiled, that of the last segment, and was an error elsewhere;
    and `sorted=True`, a promise, was refused. How many there are follows from the largest number of
    one, also where some are left out. Whole numbers were rounded to 24 bits on PyTorch.
    """
    functions: Any = backend.math
    if hasattr(functions.segment_max, "__wrapped__"):
        return
    if keras.backend.backend() == "tensorflow":
        for name in NAMES:
            setattr(functions, name, leaving_out(getattr(functions, name)))
        functions.segment_max = or_none(functions.segment_max, 1)
        functions.segment_min = or_none(functions.segment_min, -1)
    elif keras.backend.backend() == "torch":
        for name in NAMES:
            setattr(functions, name, exact(getattr(functions, name), name.removeprefix("segment_")))


def leaving_out(segment: Callable[..., Any]) -> Callable[..., Any]:
    """A function of segments that puts what is in none of them into one more."""

    @functools.wraps(segment)
    def of_segments(data: Any, segment_ids: Any, num_segments: Any = None, sorted: bool = False):
        ids = ops.convert_to_tensor(segment_ids)
        if num_segments is None:
            # Of sums, Keras would take as many as there are different numbers.
            none = ops.convert_to_tensor(
                [-1], dtype=ids.dtype
            )  # of no elements there is no largest
            return segment(data, ids, ops.max(ops.concatenate([ids, none])) + 1, sorted)
        beyond = ops.cast(num_segments, ids.dtype)
        ids = ops.where(ops.logical_or(ids < 0, ids > beyond), beyond, ids)
        return segment(data, ids, num_segments + 1)[:num_segments]

    return of_segments


def or_none(segment: Any, sign: int) -> Any:
    """`segment_max` (sign 1) or `segment_min` (-1) with an infinite number for nothing."""

    @functools.wraps(segment)
    def of_segments(data: Any, *arguments: Any, **options: Any) -> Any:
        found = segment(data, *arguments, **options)
        if not is_float(found):
            return found
        least = -sign * float(found.dtype.max)
        nothing = ops.full_like(found, -sign * float("inf"))
        return ops.where(found == ops.cast(least, found.dtype), nothing, found)

    return of_segments


def exact(segment: Callable[..., Any], kind: str) -> Callable[..., Any]:
    """A function of segments that computes with whole numbers where it is given such."""

    @functools.wraps(segment)
    def of_segments(data: Any, segment_ids: Any, num_segments: Any = None, sorted: bool = False):
        data = ops.convert_to_tensor(data)
        name = keras.backend.standardize_dtype(data.dtype)
        if num_segments is None or "int" not in name:
            return segment(data, segment_ids, num_segments, sorted)
        torch: Any = backend.math.torch  # pyright: ignore[reportAttributeAccessIssue]
        ids = ops.cast(segment_ids, "int64")
        ids = ops.where((ids < 0) | (ids > num_segments), num_segments, ids)
        ids = ids.reshape(-1, *(1 for _ in data.shape[1:])).expand(data.shape)
        limits = torch.iinfo(data.dtype)
        first = {"sum": 0, "prod": 1, "max": limits.min, "min": limits.max}[kind]
        start = torch.full((num_segments + 1, *data.shape[1:]), first).to(data)
        how = {"max": "amax", "min": "amin"}.get(kind, kind)
        return start.scatter_reduce(0, ids, data, how)[:num_segments]

    return of_segments
