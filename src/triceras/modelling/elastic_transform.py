"""Keras's elastic transformation of images, made to draw one field on every backend.

Keras draws the field by each framework's own generator, on PyTorch whatever the seed, moves both
axes by the same numbers, and continues an image beyond its left edge otherwise on TensorFlow. Here
the field is drawn through Keras's API, two numbers a pixel as in the paper, so that every backend
has the same one, and a step with it compiles.

Reference:
    [Simard et al., 2003](https://doi.org/10.1109/ICDAR.2003.1227801)
"""

import functools
from typing import Any

import keras
from keras import ops

RandomElasticTransform = keras.layers.RandomElasticTransform


def install() -> None:
    """Mends Keras's layer, for all models of this process. Calling it again changes nothing."""
    if hasattr(RandomElasticTransform.get_random_transformation, "__wrapped__"):
        return
    RandomElasticTransform.get_random_transformation = with_field(
        RandomElasticTransform.get_random_transformation
    )
    RandomElasticTransform._transform_images = or_theirs(RandomElasticTransform._transform_images)


def with_field(theirs: Any) -> Any:
    """`get_random_transformation` that draws the field as well."""

    @functools.wraps(theirs)
    def get_random_transformation(self: Any, data: Any, *args: Any, **options: Any) -> Any:
        transformation = theirs(self, data, *args, **options)
        if transformation is None or not is_ours(self):
            return transformation
        shape = ops.shape(data["images"] if isinstance(data, dict) else data)
        size = (shape[self.height_axis], shape[self.width_axis])
        batch = shape[0] if len(shape) == 4 else 1
        seed = transformation["seed"]
        return transformation | {"field": keras.random.normal((2, batch, *size), seed=seed)}

    return get_random_transformation


def or_theirs(theirs: Any) -> Any:
    """`_transform_images` by the field that was drawn."""

    @functools.wraps(theirs)
    def transform_images(self: Any, images: Any, transformation: Any, interpolation: str) -> Any:
        if transformation is None or "field" not in transformation:
            return theirs(self, images, transformation, interpolation)
        first = self.data_format == "channels_first"
        batched = len(images.shape) == 4
        given = images if batched else ops.expand_dims(images, 0)
        given = ops.transpose(given, (0, 2, 3, 1)) if first else given
        factor = ops.cast(transformation["distortion_factor"], "float32")
        places = moved(transformation["field"], factor)
        distorted = sampled(given, places, interpolation, self.fill_mode, self.fill_value)
        chosen = transformation["apply_transform"][:, None, None, None]
        result = ops.where(chosen, distorted, given)
        result = ops.transpose(result, (0, 3, 1, 2)) if first else result
        result = ops.clip(result, *self.value_range)
        return ops.cast(result if batched else ops.squeeze(result, 0), self.compute_dtype)

    return transform_images


def is_ours(layer: Any) -> bool:
    """Whether a layer computes in this backend: in a pipeline of `tf.data` it need not."""
    return layer.backend.name == keras.backend.backend()


def moved(field: Any, factor: Any) -> tuple[Any, Any]:
    """Where each pixel of the result comes from: rows and columns, `(batch, height, width)`.

    Args:
        field: standard normal, `(2, batch, height, width)`.
        factor: how strong the distortion is.
    """
    height, width = field.shape[2:]
    sigma = ops.maximum(0.05 * factor * min(height, width), 1e-6)
    alpha = 0.1 * factor * max(height, width)
    smooth = ops.matmul(blur(height, sigma), ops.matmul(field * sigma, blur(width, sigma)))
    rows = ops.arange(height, dtype="float32")[:, None]
    columns = ops.arange(width, dtype="float32")[None, :]
    return rows + alpha * smooth[0], columns + alpha * smooth[1]


def blur(size: int, sigma: Any) -> Any:
    """A matrix that blurs along an axis with zeros around it, as wide as Keras's kernel is.

    It is symmetric, and its shape does not depend on `sigma`, so that a step with it compiles.
    """
    radius = ops.floor(ops.floor(6.0 * sigma) / 2.0)

    def kernel(offset: Any) -> Any:
        weight = ops.exp(-0.5 * ops.square(offset / sigma))
        return ops.where(ops.abs(offset) <= radius, weight, ops.zeros_like(weight))

    places = ops.arange(size, dtype="float32")
    total = ops.sum(kernel(ops.arange(1 - size, size, dtype="float32")))
    return kernel(places[:, None] - places[None, :]) / total


def sampled(images: Any, places: Any, interpolation: str, fill_mode: str, fill: float) -> Any:
    """The images at places between their pixels.

    Args:
        images: `(batch, height, width, channels)`.
        places: rows and columns, `(batch, height, width)` each.
        interpolation: `"nearest"` or `"bilinear"`.
        fill_mode: what is beyond the edges, a word of Keras's.
        fill: the value there for `fill_mode="constant"`.
    """
    if interpolation == "nearest":
        rows, columns = (ops.floor(place + 0.5) for place in places)
        return looked_up(images, rows, columns, fill_mode, fill)
    low = [ops.floor(place) for place in places]
    parts = [(place - start)[..., None] for place, start in zip(places, low, strict=True)]
    result: Any = 0.0
    for down in (0, 1):
        for right in (0, 1):
            weight = (parts[0] if down else 1 - parts[0]) * (parts[1] if right else 1 - parts[1])
            corner = looked_up(images, low[0] + down, low[1] + right, fill_mode, fill)
            result = result + ops.cast(weight, images.dtype) * corner
    return result


def looked_up(images: Any, rows: Any, columns: Any, fill_mode: str, fill: float) -> Any:
    """The pixels of whole rows and columns, which may lie beyond the edges."""
    height, width, channels = images.shape[1:]
    row, column = inside(rows, height, fill_mode), inside(columns, width, fill_mode)
    index = ops.reshape(ops.cast(row * width + column, "int32"), (-1, height * width, 1))
    flat = ops.reshape(images, (-1, height * width, channels))
    pixels = ops.take_along_axis(flat, ops.repeat(index, channels, axis=2), axis=1)
    pixels = ops.reshape(pixels, (-1, height, width, channels))
    if fill_mode != "constant":
        return pixels
    here = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    return ops.where(here[..., None], pixels, ops.cast(fill, images.dtype))


def inside(index: Any, size: int, fill_mode: str) -> Any:
    """The row or column within an image of what is beyond its edges."""
    if fill_mode == "wrap":
        return ops.mod(index, size)
    if fill_mode == "reflect":
        index = ops.mod(index, 2 * size)
        return ops.minimum(index, 2 * size - 1 - index)
    if fill_mode == "mirror":
        index = ops.mod(index, max(2 * size - 2, 1))
        return ops.minimum(index, 2 * size - 2 - index)
    return ops.clip(index, 0, size - 1)
