"""A classifier of images that reads them as sequences of rows."""

import keras


def build_lstm(
    input_shape: tuple[int, ...],
    image_shape: tuple[int, int, int],
    classes: int = 10,
    units: int = 64,
    unroll: bool = False,
) -> keras.Model:
    """A classifier of images that is given one row after the other.

    Args:
        input_shape: shape of one example, `(height * width,)` or `(height, width, channels)`.
        image_shape: height, width and channels.
        classes: number of logits.
        units: of what it remembers of the rows so far.
        unroll: whether a compiled step holds each row's operations, not a loop over rows: larger
            to compile, and of the same numbers.

    Returns:
        A built `keras.Model`: images to logits `(batch, classes)`.

    Reference:
        [Hochreiter and Schmidhuber, 1997](https://doi.org/10.1162/neco.1997.9.8.1735).
    """
    height, width, channels = image_shape
    images = keras.Input(input_shape)
    rows = keras.layers.Reshape((height, width * channels))(images)
    memory = keras.layers.LSTM(units, unroll=unroll)(rows)
    return keras.Model(images, keras.layers.Dense(classes)(memory), name="lstm")
