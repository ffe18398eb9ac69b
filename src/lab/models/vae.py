"""The variational autoencoder, subclassed."""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from lab.layers.decoder import Decoder
from lab.layers.encoder import Encoder
from lab.layers.kl_divergence import KLDivergence
from lab.layers.sampling import Sampling
from lab.models.autoencoder import VariationalAutoencoderMixin, as_rows


@keras.saving.register_keras_serializable(package="lab")
class VariationalAutoencoder(VariationalAutoencoderMixin, keras.Model):
    """Reconstructs images `(batch, ...)` through a Gaussian code, and adds the KL term.

    The compiled loss is the reconstruction term. With `BernoulliNegativeLogLikelihood`, logits
    (`output_activation=None`), `kl_reduction="sum"` and `kl_weight=1` the total is the negative
    ELBO in nats.

    Args:
        latent_dim: number of latent coordinates.
        hidden_units: width of the encoder's hidden layers; the decoder mirrors them.
        activation: activation of the hidden layers.
        output_activation: `"sigmoid"` for grey values, `None` for logits.
        kl_reduction: `"sum"` or `"mean"`, see `KLDivergence`.
        kl_weight: factor of the KL term.
        seed: seed of the sampling noise, or `None` to take one from the run's seed.

    Reference:
        [Kingma and Welling, 2013](https://arxiv.org/abs/1312.6114).
    """

    def __init__(
        self,
        latent_dim: int = 32,
        hidden_units: Sequence[int] = (64,),
        activation: str = "relu",
        output_activation: str | None = "sigmoid",
        kl_reduction: str = "sum",
        kl_weight: float = 1.0,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.latent_dim = latent_dim
        self.hidden_units = tuple(hidden_units)
        self.activation = activation
        self.output_activation = output_activation
        self.kl_reduction = kl_reduction
        self.kl_weight = kl_weight
        self.seed = seed
        dtype = self.dtype_policy
        self.encoder = Encoder(latent_dim, self.hidden_units, activation, dtype=dtype)
        self.kl_divergence = KLDivergence(kl_reduction, kl_weight, dtype=dtype)
        self.sampling = Sampling(seed, dtype=dtype)
        self.add_metrics()

    def build(self, input_shape: Any) -> None:
        self.example_shape = tuple(input_shape[1:])
        pixels = math.prod(self.example_shape)
        self.decoder = Decoder(
            pixels,
            self.hidden_units[::-1],
            self.activation,
            self.output_activation,
            dtype=self.dtype_policy,
        )
        self.encoder.build((None, pixels))
        self.decoder.build((None, self.latent_dim))

    def call(self, inputs: Any) -> Any:
        posterior = self.kl_divergence(self.encoder(as_rows(inputs)))
        pixels = self.decoder(self.sampling(posterior))
        flat = len(self.example_shape) == 1
        return pixels if flat else ops.reshape(pixels, (-1, *self.example_shape))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    @property
    def pixel_activation(self) -> Any:
        """What becomes of the decoder's last numbers, a function."""
        return keras.activations.get(self.output_activation)

    @property
    def output_layer(self) -> keras.layers.Layer:
        """The decoder's last layer."""
        return self.decoder.pixels

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "latent_dim": self.latent_dim,
            "hidden_units": self.hidden_units,
            "activation": self.activation,
            "output_activation": self.output_activation,
            "kl_reduction": self.kl_reduction,
            "kl_weight": self.kl_weight,
            "seed": self.seed,
        }
