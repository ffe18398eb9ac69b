"""Small classifiers: one with most kinds of state, and one that convolves."""

import keras


def build_classifier(
    input_shape: tuple[int, ...], classes: int, units: int = 16, dropout: float = 0.5
) -> keras.Model:
    """Has moving averages, a random counter and a regulariser.

    Args:
        input_shape: shape of one example, `(features,)`.
        classes: number of logits.
        units: width of the hidden layer.
        dropout: fraction of the features to drop.

    Returns:
        A built `keras.Model`: features to logits `(batch, classes)`.
    """
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Dense(
                units, "tanh", kernel_regularizer=keras.regularizers.L2(1e-3), name="hidden"
            ),
            keras.layers.LayerNormalization(),
            keras.layers.Dropout(dropout),
            keras.layers.Dense(classes),
        ],
        name="classifier",
    )


def build_linear(input_shape: tuple[int, ...], classes: int) -> keras.Model:
    """As small as a model can be.

    Args:
        input_shape: shape of one example, `(features,)`.
        classes: number of logits.

    Returns:
        A built `keras.Model`: features to logits `(batch, classes)`.
    """
    layers = [keras.Input(input_shape), keras.layers.Dense(classes, name="logits")]
    return keras.Sequential(layers, name="linear")


def build_convolutional(
    input_shape: tuple[int, ...], image_shape: tuple[int, int, int], classes: int, filters: int = 4
) -> keras.Model:
    """What XLA on a CPU must not run in a loop of its own; has moving averages too.

    Args:
        input_shape: shape of one example, `(height * width,)` or `(height, width, 1)`.
        image_shape: height, width and channels.
        classes: number of logits.
        filters: number of filters of each convolution.

    Returns:
        A built `keras.Model`: images to logits `(batch, classes)`.
    """
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Reshape(image_shape),
            keras.layers.Conv2D(filters, 3, padding="same", activation="silu"),
            keras.layers.BatchNormalization(),
            keras.layers.Conv2D(filters, 3, strides=2),
            keras.layers.Flatten(),
            keras.layers.Dense(classes),
        ],
        name="convolutional",
    )
