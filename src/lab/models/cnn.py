"""A convolutional classifier with batch normalisation and dropout."""

from collections.abc import Sequence

import keras

from lab.layers.batch_normalization import BatchNormalization


def build_cnn(
    input_shape: tuple[int, ...],
    image_shape: tuple[int, int, int],
    classes: int = 10,
    filters: Sequence[int] = (16, 32),
    convolutions: int = 2,
    kernel_size: int = 3,
    units: int = 128,
    activation: str = "silu",
    momentum: float = 0.9,
    epsilon: float = 1e-3,
    dropout: float = 0.3,
) -> keras.Model:
    """A classifier of images: stages of convolutions, each of half the size of the one before.

    Args:
        input_shape: shape of one example, `(height * width,)` or `(height, width, 1)`.
        image_shape: height, width and channels.
        classes: number of logits.
        filters: number of filters of each stage.
        convolutions: number of convolutions in a stage.
        kernel_size: of the convolutions.
        units: width of the dense layer before the logits.
        activation: after each normalisation. A smooth one keeps the backends together; see
            `conf/experiment/cnn.yaml`.
        momentum: of the moving statistics of the batch normalisation.
        epsilon: added to its variances.
        dropout: fraction of the features to drop after each stage and after the dense layer.

    Returns:
        A built `keras.Model`: images to logits `(batch, classes)`.

    Reference:
        [Ioffe and Szegedy, 2015](https://arxiv.org/abs/1502.03167), normalisation before the
        activation.
    """

    def normalized(layer: keras.layers.Layer, x):
        x = BatchNormalization(momentum=momentum, epsilon=epsilon)(layer(x))
        return keras.layers.Activation(activation)(x)

    images = keras.Input(input_shape)
    x = keras.layers.Reshape(image_shape)(images)
    for count in filters:
        for _ in range(convolutions):
            # A normalisation takes away what a bias before it adds.
            x = normalized(
                keras.layers.Conv2D(count, kernel_size, padding="same", use_bias=False), x
            )
        x = keras.layers.AveragePooling2D(2)(x)
        x = keras.layers.Dropout(dropout)(x)
    x = normalized(keras.layers.Dense(units, use_bias=False), keras.layers.Flatten()(x))
    x = keras.layers.Dropout(dropout)(x)
    return keras.Model(images, keras.layers.Dense(classes)(x), name="cnn")
