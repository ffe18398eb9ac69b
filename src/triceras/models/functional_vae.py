"""The variational autoencoder by the Functional API."""

from collections.abc import Sequence

import keras

from triceras.layers.kl_divergence import KLDivergence
from triceras.layers.sampling import Sampling


def build_functional_vae(
    input_shape: tuple[int, ...],
    latent_dim: int = 32,
    hidden_units: Sequence[int] = (64,),
    activation: str = "relu",
    output_activation: str | None = "sigmoid",
    kl_reduction: str = "sum",
    kl_weight: float = 1.0,
    seed: int | None = None,
) -> keras.Model:
    """The model of `VariationalAutoencoder` as a graph of layers.

    A functional model refuses `add_loss` on a symbolic tensor in Keras 3, so a layer adds the
    KL term.

    Args:
        input_shape: shape of one image, `(pixels,)`.
        latent_dim: number of latent coordinates.
        hidden_units: width of the encoder's hidden layers; the decoder mirrors them.
        activation: activation of the hidden layers.
        output_activation: `"sigmoid"` for grey values, `None` for logits.
        kl_reduction: `"sum"` or `"mean"`, see `KLDivergence`.
        kl_weight: factor of the KL term.
        seed: seed of the sampling noise, or `None` to take one from the run's seed.

    Returns:
        A functional `keras.Model` with the models `encoder` (image to mean and log variance) and
        `decoder` (latent vector to image) as its layers of these names.
    """
    images = keras.Input(input_shape, name="images")
    x = images
    for units in hidden_units:
        x = keras.layers.Dense(units, activation)(x)
    mean = keras.layers.Dense(latent_dim, name="mean")(x)
    log_variance = keras.layers.Dense(latent_dim, name="log_variance")(x)
    encoder = keras.Model(images, (mean, log_variance), name="encoder")

    z = keras.Input((latent_dim,), name="z")
    x = z
    for units in reversed(tuple(hidden_units)):
        x = keras.layers.Dense(units, activation)(x)
    pixels = keras.layers.Dense(input_shape[-1], output_activation, name="pixels")(x)
    decoder = keras.Model(z, pixels, name="decoder")

    posterior = KLDivergence(kl_reduction, kl_weight)(encoder(images))
    return keras.Model(images, decoder(Sampling(seed)(posterior)), name="vae")
