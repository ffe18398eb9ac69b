"""A small deep convolutional GAN."""

from typing import Any

import keras

from lab.layers.batch_normalization import BatchNormalization
from lab.models.gan import GenerativeAdversarialNetwork
from triceras.errors import UserError


def build_dcgan(
    input_shape: tuple[int, ...],
    image_shape: tuple[int, int, int],
    latent_dim: int = 64,
    filters: int = 32,
    kernel_size: int = 4,
    momentum: float = 0.9,
    epsilon: float = 1e-5,
    generator_activation: str = "silu",
    discriminator_activation: str = "silu",
    initial_stddev: float = 0.02,
    seed: int | None = None,
) -> GenerativeAdversarialNetwork:
    """Builds a generator and a discriminator of two strided convolutions each.

    Strides in place of pooling, batch normalisation everywhere but at the generator's output and
    the discriminator's input, `tanh` at the output, all kernels from N(0, `initial_stddev`). It is
    smaller than the paper's networks for 64x64 photographs, its noise is normal, not uniform, and
    its activations are smooth.

    Args:
        input_shape: shape of one example, `(height * width,)` or `(height, width, 1)`.
        image_shape: height and width, multiples of 4, and channels.
        latent_dim: number of coordinates of the noise.
        filters: number of filters of the convolutions next to the image; twice as many within.
        kernel_size: of the convolutions; a multiple of the stride, 2, covers all pixels evenly.
        momentum: of the moving statistics of the batch normalisation.
        epsilon: added to its variances.
        generator_activation: after each normalisation; `relu` in the paper.
        discriminator_activation: after each convolution; `leaky_relu` in the paper.
        initial_stddev: standard deviation of all kernels.
        seed: seed of the noise, or `None` to take one from the run's seed.

    Returns:
        A `GenerativeAdversarialNetwork`, built.

    Raises:
        UserError: the images cannot be halved twice.

    Reference:
        - [Radford, Metz and Chintala, 2015](https://arxiv.org/abs/1511.06434), sections 3 and 4.
        - Kernels of whole strides: [Odena, Dumoulin and Olah, 2016](
          https://distill.pub/2016/deconv-checkerboard/).
    """
    height, width, channels = image_shape
    if height % 4 or width % 4:
        raise UserError(
            f"model=gan halves images twice, which {height}x{width} pixels do not allow: use data "
            "whose height and width are multiples of 4"
        )

    def initializer() -> Any:
        return keras.initializers.RandomNormal(stddev=initial_stddev)

    def convolution(layer: Any, filters: int, use_bias: bool, **options):
        return layer(
            filters,
            kernel_size,
            strides=2,
            padding="same",
            use_bias=use_bias,
            kernel_initializer=initializer(),
            **options,
        )

    def normalization() -> keras.layers.Layer:
        return BatchNormalization(momentum=momentum, epsilon=epsilon)

    # A normalisation takes away what a bias before it adds.
    smallest = (height // 4, width // 4, 2 * filters)
    units = smallest[0] * smallest[1] * smallest[2]
    generator = keras.Sequential(
        [
            keras.Input((latent_dim,)),
            keras.layers.Dense(units, use_bias=False, kernel_initializer=initializer()),
            keras.layers.Reshape(smallest),
            normalization(),
            keras.layers.Activation(generator_activation),
            convolution(keras.layers.Conv2DTranspose, filters, use_bias=False),
            normalization(),
            keras.layers.Activation(generator_activation),
            convolution(keras.layers.Conv2DTranspose, channels, use_bias=True, activation="tanh"),
            keras.layers.Reshape(input_shape),
        ],
        name="generator",
    )
    discriminator = keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Reshape(image_shape),
            convolution(keras.layers.Conv2D, filters, use_bias=True),
            keras.layers.Activation(discriminator_activation),
            convolution(keras.layers.Conv2D, 2 * filters, use_bias=False),
            normalization(),
            keras.layers.Activation(discriminator_activation),
            keras.layers.Flatten(),
            keras.layers.Dense(1, kernel_initializer=initializer()),
        ],
        name="discriminator",
    )
    model = GenerativeAdversarialNetwork(generator, discriminator, seed, name="dcgan")
    model.build((None, *input_shape))
    return model
