"""A small convolutional classifier."""

import keras


def build_convnet(
    input_shape: tuple[int, ...],
    image_shape: tuple[int, int, int],
    classes: int = 10,
    filters: int = 16,
    dropout: float = 0.5,
) -> keras.Model:
    """A classifier of images.

    Args:
        input_shape: shape of one example, `(height * width,)` or `(height, width, 1)`.
        image_shape: height, width and channels.
        classes: number of logits.
        filters: number of filters of the first convolution; the second has twice as many.
        dropout: fraction of the features to drop.

    Returns:
        A built `keras.Model`: images to logits `(batch, classes)`.
    """
    images = keras.Input(input_shape)
    x = keras.layers.Reshape(image_shape)(images)
    for i in range(2):
        x = keras.layers.Conv2D(filters * 2**i, 3, padding="same", activation="relu")(x)
        x = keras.layers.MaxPooling2D()(x)
    x = keras.layers.Dropout(dropout)(keras.layers.Flatten()(x))
    return keras.Model(images, keras.layers.Dense(classes)(x), name="convnet")
