"""The variational autoencoder by the Functional API."""

import math
from collections.abc import Sequence
from typing import Any

import keras

from lab.layers.kl_divergence import KLDivergence
from lab.layers.sampling import Sampling
from lab.models.autoencoder import VariationalAutoencoderMixin


@keras.saving.register_keras_serializable(package="lab")
class FunctionalVariationalAutoencoder(VariationalAutoencoderMixin, keras.Model):
    """A graph of layers with the methods and the metrics of a variational autoencoder.

    The graph has the models `encoder` (images to mean and log variance) and `decoder` (latent
    vectors to pixels, by a last layer `pixels`) and the layer `kl_divergence`.
    """

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.add_metrics()

    @property
    def encoder(self) -> keras.Model:
        """Maps pixels `(batch, pixels)` to mean and log variance, each `(batch, latent_dim)`."""
        return self.get_layer("encoder")

    @property
    def decoder(self) -> keras.Model:
        """Maps latent vectors `(batch, latent_dim)` to pixels `(batch, pixels)`."""
        return self.get_layer("decoder")

    @property
    def kl_divergence(self) -> KLDivergence:
        """The layer that adds the KL term."""
        return self.get_layer("kl_divergence")

    @property
    def pixel_activation(self) -> Any:
        """What becomes of the decoder's last numbers, a function."""
        return self.output_layer.activation

    @property
    def output_layer(self) -> keras.layers.Layer:
        """The decoder's last layer."""
        return self.decoder.get_layer("pixels")


def build_functional_vae(
    input_shape: tuple[int, ...],
    latent_dim: int = 32,
    hidden_units: Sequence[int] = (64,),
    activation: str = "relu",
    output_activation: str | None = "sigmoid",
    kl_reduction: str = "sum",
    kl_weight: float = 1.0,
    seed: int | None = None,
) -> FunctionalVariationalAutoencoder:
    """The model of `VariationalAutoencoder` as a graph of layers.

    A functional model refuses `add_loss` on a symbolic tensor in Keras 3, so a layer adds the
    KL term.

    Args:
        input_shape: shape of one image.
        latent_dim: number of latent coordinates.
        hidden_units: width of the encoder's hidden layers; the decoder mirrors them.
        activation: activation of the hidden layers.
        output_activation: `"sigmoid"` for grey values, `None` for logits.
        kl_reduction: `"sum"` or `"mean"`, see `KLDivergence`.
        kl_weight: factor of the KL term.
        seed: seed of the sampling noise, or `None` to take one from the run's seed.

    Returns:
        A built model; from one seed it has the weights and the noise of the subclassed one.
    """
    images = keras.Input(input_shape, name="images")
    flat, pixel_count = len(input_shape) == 1, math.prod(input_shape)
    rows = images if flat else keras.Input((pixel_count,), name="rows")
    x = rows
    for units in hidden_units:
        x = keras.layers.Dense(units, activation)(x)
    mean = keras.layers.Dense(latent_dim, name="mean")(x)
    log_variance = keras.layers.Dense(latent_dim, name="log_variance")(x)
    encoder = keras.Model(rows, (mean, log_variance), name="encoder")

    seen = encoder(images if flat else keras.layers.Flatten(name="flatten")(images))
    posterior = KLDivergence(kl_reduction, kl_weight, name="kl_divergence")(seen)
    code = Sampling(seed, name="sampling")(posterior)

    z = keras.Input((latent_dim,), name="z")
    x = z
    for units in reversed(tuple(hidden_units)):
        x = keras.layers.Dense(units, activation)(x)
    pixels = keras.layers.Dense(pixel_count, output_activation, name="pixels")(x)
    decoder = keras.Model(z, pixels, name="decoder")

    made = decoder(code) if flat else keras.layers.Reshape(input_shape)(decoder(code))
    return FunctionalVariationalAutoencoder(images, made, name="vae")
