"""Keras's bicubic and Lanczos resizing, made to be one and the same on every backend."""

import functools
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.src import backend

from triceras.modelling.interpolation import precise

# How many pixels each reaches.
RADII = {"bicubic": 2, "lanczos3": 3, "lanczos5": 5}


def install() -> None:
    """Mends Keras's function, for all models of this process. Calling it again changes nothing.

    By bicubic interpolation PyTorch takes another curve (`a = -0.75` for -0.5) and repeats the
    outermost pixel, and TensorFlow rounds where it looks between pixels to a 1,024th of one: they
    differ by a tenth of a pixel's value, and by a thousandth. JAX has places of 32 bits, by which a
    large image loses the seventh digit. PyTorch has no Lanczos at all.

    What is resized so is linear in each axis, with numbers that follow from the sizes alone: they
    are computed here, once where a step is compiled, by the rule of TensorFlow and JAX.
    """
    functions: Any = backend.image
    if not hasattr(functions.resize, "__wrapped__"):
        functions.resize = by_matrices(functions.resize)


def by_matrices(resize: Any) -> Any:
    """`resize` that takes matrix products for what is bicubic or of Lanczos."""

    @functools.wraps(resize)
    def resized(
        images: Any,
        size: Any,
        interpolation: str = "bilinear",
        antialias: bool = False,
        crop_to_aspect_ratio: bool = False,
        pad_to_aspect_ratio: bool = False,
        fill_mode: str = "constant",
        fill_value: float = 0.0,
        data_format: str | None = None,
    ) -> Any:
        rows = -3 if (data_format or keras.config.image_data_format()) == "channels_last" else -2
        found = tuple(images.shape[rows : rows + 2 or None])
        both = crop_to_aspect_ratio and pad_to_aspect_ratio
        known = all(isinstance(one, int) for one in (*found, *size))
        if interpolation not in RADII or not known or both or fill_mode != "constant":
            return resize(
                images,
                size,
                interpolation,
                antialias,
                crop_to_aspect_ratio,
                pad_to_aspect_ratio,
                fill_mode,
                fill_value,
                data_format,
            )
        images = ops.convert_to_tensor(images)
        kind, x = precise(images)
        if crop_to_aspect_ratio:
            x = cropped(x, rows, found, size)
        elif pad_to_aspect_ratio:
            x = padded(x, rows, found, size, fill_value)
        for axis, count in ((rows, size[0]), (rows + 1, size[1])):
            matrix = weights(x.shape[axis], count, interpolation, antialias)
            axes: Any = ((axis,), (0,))
            product = ops.tensordot(x, ops.convert_to_tensor(matrix, x.dtype), axes)
            x = ops.moveaxis(product, -1, axis)
        # Whole numbers are rounded and kept within their range by who calls this.
        return ops.cast(x, kind) if "float" in kind else x

    return resized


def weights(size: int, count: int, interpolation: str, antialias: bool) -> np.ndarray:
    """How much of each pixel along an axis is in each one that it is resized to.

    Args:
        size: how many pixels there are.
        count: how many there will be.
        interpolation: a key of `RADII`.
        antialias: whether an axis that gets smaller is smoothed.

    Returns:
        `(size, count)`; each column adds up to 1.

    Reference:
        [Keys, 1981](https://doi.org/10.1109/TASSP.1981.1163711), equation 15, for `bicubic`
    """
    step = size / count
    places = (np.arange(count) + 0.5) * step - 0.5
    apart = np.abs(places - np.arange(size)[:, None]) / (max(step, 1.0) if antialias else 1.0)
    radius = RADII[interpolation]
    if interpolation == "bicubic":
        near = (1.5 * apart - 2.5) * apart**2 + 1
        far = ((-0.5 * apart + 2.5) * apart - 4) * apart + 2
        found = np.where(apart < 1, near, far)
    else:
        found = np.sinc(apart) * np.sinc(apart / radius)
    found = np.where(apart < radius, found, 0.0)
    return found / found.sum(0)


def cropped(x: Any, rows: int, found: Any, size: Any) -> Any:
    """The middle of images, of the shape of `size`."""
    for axis, length, other in ((rows, found[0], found[1]), (rows + 1, found[1], found[0])):
        goal, goal_other = (size[0], size[1]) if axis == rows else (size[1], size[0])
        kept = max(min(length, int(float(other * goal) / goal_other)), 1)
        start = int(float(length - kept) / 2)
        places: list[Any] = [slice(None)] * len(x.shape)
        places[axis] = slice(start, start + kept)
        x = x[tuple(places)]
    return x


def padded(x: Any, rows: int, found: Any, size: Any, value: float) -> Any:
    """Images with a border, of the shape of `size`."""
    around = [(0, 0)] * len(x.shape)
    for axis, length, other in ((rows, found[0], found[1]), (rows + 1, found[1], found[0])):
        goal, goal_other = (size[0], size[1]) if axis == rows else (size[1], size[0])
        added = int(float(max(length, int(float(other * goal) / goal_other)) - length) / 2)
        around[axis] = (added, added)
    return ops.pad(x, around, constant_values=value)
