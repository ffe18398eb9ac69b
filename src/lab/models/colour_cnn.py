"""A convolutional classifier of pictures in colour."""

from collections.abc import Sequence

import keras

from triceras.errors import UserError


def build_colour_cnn(
    input_shape: tuple[int, int, int],
    classes: int,
    filters: Sequence[int] = (16, 32, 64),
    activation: str = "silu",
    dropout: float = 0.3,
    pixels: str = "bytes",
    input_dtype: str = "uint8",
) -> keras.Model:
    """A classifier that takes pixels as they are, bytes from 0 to 255 or numbers from 0 to 1.

    Args:
        input_shape: height, width and channels.
        classes: number of logits.
        filters: number of filters of each convolution, after which a picture is half as large.
        activation: of the convolutions. A smooth one keeps the backends together.
        dropout: fraction of the features to drop before the logits.
        pixels: `"bytes"`, from 0 to 255, or `"by_type"`: floating-point numbers are from 0 to 1.
        input_dtype: type of the pixels.

    Returns:
        A built `keras.Model`: pictures to logits `(batch, classes)`.

    Raises:
        UserError: `pixels` is neither.
    """
    if pixels not in ("bytes", "by_type"):
        raise UserError(f"model.network.pixels={pixels} is unknown: use bytes or by_type")
    images = keras.Input(input_shape)
    scaled = pixels == "by_type" and keras.backend.is_float_dtype(input_dtype)
    largest = 1.0 if scaled else 255.0
    x = keras.layers.Rescaling(2 / largest, -1)(images)
    for count in filters:
        x = keras.layers.Conv2D(count, 3, padding="same", activation=activation)(x)
        x = keras.layers.AveragePooling2D(2)(x)
    x = keras.layers.Dropout(dropout)(keras.layers.GlobalAveragePooling2D()(x))
    model = keras.Model(images, keras.layers.Dense(classes)(x), name="colour_cnn")
    model.inputs_between = (0.0, largest)
    return model
