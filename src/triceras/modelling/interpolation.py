"""Keras's images between their pixels, made to be one and the same on every backend."""

import functools
import itertools
import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.src import backend

from triceras.modelling.elastic_transform import inside, sampled

FILL_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")
# By how much of a pixel each place is moved where the nearest one is taken. Many are in the middle
# of two, as after a shift by a half, but for the last bit, which each framework rounds otherwise.
ASIDE = 2.0**-10


def install() -> None:
    """Mends Keras's functions, for all models of this process. Calling it again changes nothing.

    TensorFlow's `affine_transform`, by which images are turned, zoomed and shifted at random, takes
    no gradient to the transformation, so that what computes it learns nothing; it continues an
    image by `wrap` with a row of its own in between, cannot be compiled, and cuts off the fraction
    of whole colours. PyTorch's changes the transformation that it is given. The three round the
    middle between two pixels in three ways. TensorFlow's `map_coordinates` mirrors what is
    before the first pixel elsewhere.
    """
    functions: Any = backend.image
    if not hasattr(functions.affine_transform, "__wrapped__"):
        functions.affine_transform = by_places(functions.affine_transform)
        functions.map_coordinates = by_corners(functions.map_coordinates)


def by_places(affine_transform: Any) -> Any:
    """`affine_transform` that looks up where each pixel comes from."""

    @functools.wraps(affine_transform)
    def transformed(
        images: Any,
        transform: Any,
        interpolation: str = "bilinear",
        fill_mode: str = "constant",
        fill_value: Any = 0,
        data_format: str | None = None,
    ) -> Any:
        first = (data_format or keras.config.image_data_format()) == "channels_first"
        known = len(images.shape) in (3, 4) and len(transform.shape) in (1, 2)
        known = known and all(isinstance(size, int) for size in images.shape[-3:])
        known = known and interpolation in ("nearest", "bilinear") and fill_mode in FILL_MODES
        if not known:
            return affine_transform(
                images, transform, interpolation, fill_mode, fill_value, data_format
            )
        images, transform = ops.convert_to_tensor(images), ops.cast(transform, "float32")
        x = images if len(images.shape) == 4 else ops.expand_dims(images, 0)
        x = ops.transpose(x, (0, 2, 3, 1)) if first else x
        transform = transform if len(transform.shape) == 2 else ops.expand_dims(transform, 0)
        if transform.shape[0] == 1 and x.shape[0] != 1:
            transform = ops.repeat(transform, ops.shape(x)[0], 0)
        kind, x = precise(x)
        rows, columns = origins(transform, x.shape[1], x.shape[2])
        if interpolation == "nearest":
            rows, columns = rows + ASIDE, columns + ASIDE
        x = returned(sampled(x, (rows, columns), interpolation, fill_mode, fill_value), kind)
        x = ops.transpose(x, (0, 3, 1, 2)) if first else x
        return x if len(images.shape) == 4 else ops.squeeze(x, 0)

    return transformed


def origins(transform: Any, height: int, width: int) -> tuple[Any, Any]:
    """The row and the column, `(batch, height, width)`, from which each pixel comes.

    Args:
        transform: `(batch, 8)`; see `keras.ops.image.affine_transform`.
        height: of the images.
        width: of the images.
    """
    y = ops.convert_to_tensor(np.arange(height, dtype="float32")[:, None])
    x = ops.convert_to_tensor(np.arange(width, dtype="float32")[None])
    a0, a1, a2, b0, b1, b2, c0, c1 = (transform[:, i, None, None] for i in range(8))
    away = c0 * x + c1 * y + 1
    return (b0 * x + b1 * y + b2) / away, (a0 * x + a1 * y + a2) / away


def by_corners(map_coordinates: Any) -> Any:
    """`map_coordinates` that takes the mean of the elements around each place."""

    @functools.wraps(map_coordinates)
    def mapped(
        inputs: Any,
        coordinates: Any,
        order: int,
        fill_mode: str = "constant",
        fill_value: Any = 0.0,
    ) -> Any:
        sizes = inputs.shape
        known = all(isinstance(size, int) for size in sizes) and len(coordinates) == len(sizes)
        known = known and all(len(one.shape) for one in coordinates)
        if not known or order not in (0, 1) or fill_mode not in FILL_MODES:
            return map_coordinates(inputs, coordinates, order, fill_mode, fill_value)
        kind, x = precise(ops.convert_to_tensor(inputs))
        places = [ops.cast(one, x.dtype) for one in coordinates]
        if order == 0:
            nearest = [ops.floor(place + 0.5) for place in places]
            return returned(elements(x, nearest, sizes, fill_mode, fill_value), kind)
        low = [ops.floor(place) for place in places]
        parts = [place - start for place, start in zip(places, low, strict=True)]
        result: Any = 0.0
        for corner in itertools.product((0, 1), repeat=len(sizes)):
            there = [start + further for start, further in zip(low, corner, strict=True)]
            weight: Any = 1.0
            for part, further in zip(parts, corner, strict=True):
                weight = weight * (part if further else 1 - part)
            result = result + weight * elements(x, there, sizes, fill_mode, fill_value)
        return returned(result, kind)

    return mapped


def elements(
    x: Any, places: Sequence[Any], sizes: Sequence[int], fill_mode: str, fill_value: Any
) -> Any:
    """The elements of whole places, an array for each axis, which may be beyond the edges."""
    index: Any = 0
    for axis, (place, size) in enumerate(zip(places, sizes, strict=True)):
        stride = math.prod(sizes[axis + 1 :])
        index = index + ops.cast(inside(place, size, fill_mode), "int32") * stride
    found = ops.take(ops.reshape(x, (-1,)), index, 0)
    if fill_mode != "constant":
        return found
    for place, size in zip(places, sizes, strict=True):
        found = ops.where((place >= 0) & (place < size), found, ops.cast(fill_value, x.dtype))
    return found


def precise(x: Any) -> tuple[str, Any]:
    """The type of an array, and it with at least 32 bits and a fraction."""
    kind = keras.backend.standardize_dtype(x.dtype)
    return kind, ops.cast(x, "float64" if kind == "float64" else "float32")


def returned(x: Any, kind: str) -> Any:
    """An array in a type that it had, rounded where that has no fraction."""
    return ops.cast(x if "float" in kind else ops.round(x), kind)
