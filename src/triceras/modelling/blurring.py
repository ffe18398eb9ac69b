"""Keras's filters of images, made to be one and the same on every backend."""

import functools
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.src import backend


def install() -> None:
    """Mends Keras's functions, for all models of this process. Calling it again changes nothing.

    `gaussian_blur` took the channels for the width on JAX and PyTorch unless it was told their
    order, cut images off on PyTorch where its two sizes differ, and mixed the numbers of its kernel
    up there and on TensorFlow. Its sizes and its sigmas are both those of height and width, as its
    documentation says. `sobel_edges` mirrors images at their border on TensorFlow, and has zeros
    there elsewhere.
    """
    functions: Any = backend.image
    if functions.gaussian_blur is gaussian_blur:
        return
    functions.gaussian_blur = gaussian_blur
    if keras.backend.backend() == "tensorflow":
        functions.sobel_edges = in_zeros(functions.sobel_edges)
    functions.sobel_edges = as_keras_is_set(functions.sobel_edges)


def gaussian_blur(
    images: Any,
    kernel_size: Any = (3, 3),
    sigma: Any = (1.0, 1.0),
    data_format: str | None = None,
) -> Any:
    """See `keras.ops.image.gaussian_blur`.

    Args:
        images: one, or a batch of them.
        kernel_size: height and width of the kernel.
        sigma: the standard deviation along the height, and that along the width.
        data_format: the order of axes, Keras's own where it is not given.
    """
    images = ops.convert_to_tensor(images)
    first = (data_format or keras.config.image_data_format()) == "channels_first"
    if len(images.shape) not in (3, 4):
        raise ValueError(f"images have 3 axes or 4, and these are of shape {images.shape}")
    x = images if len(images.shape) == 4 else ops.expand_dims(images, 0)
    x = ops.transpose(x, (0, 2, 3, 1)) if first else x
    rows, columns = (int(size) for size in kernel_size)
    kernel = ops.outer(bell(rows, sigma[0], x.dtype), bell(columns, sigma[1], x.dtype))
    kernel = ops.tile(ops.reshape(kernel, (rows, columns, 1, 1)), (1, 1, x.shape[-1], 1))
    x = ops.depthwise_conv(x, kernel, 1, "same", "channels_last")
    x = ops.transpose(x, (0, 3, 1, 2)) if first else x
    return x if len(images.shape) == 4 else ops.squeeze(x, 0)


def bell(size: int, sigma: Any, dtype: Any) -> Any:
    """Weights of a normal distribution, which add up to 1."""
    places = ops.cast(np.arange(size) - (size - 1) / 2, dtype)
    found = ops.exp(-0.5 * ops.square(places / ops.cast(sigma, dtype)))
    return found / ops.sum(found)


def in_zeros(sobel_edges: Any) -> Any:
    """`sobel_edges` of images that have zeros around them."""

    @functools.wraps(sobel_edges)
    def edges(images: Any, data_format: str | None = None) -> Any:
        first = data_format == "channels_first"
        around = [(0, 0), (0, 0), (1, 1), (1, 1)] if first else [(0, 0), (1, 1), (1, 1), (0, 0)]
        found = sobel_edges(ops.pad(images, around), data_format)
        return found[:, :, 1:-1, 1:-1] if first else found[:, 1:-1, 1:-1]

    return edges


def as_keras_is_set(sobel_edges: Any) -> Any:
    """`sobel_edges` whose order of axes is Keras's own where it is not given."""

    @functools.wraps(sobel_edges)
    def edges(images: Any, data_format: str | None = None) -> Any:
        return sobel_edges(images, data_format or keras.config.image_data_format())

    return edges
