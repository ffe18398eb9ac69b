"""The variational autoencoder, subclassed."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from triceras.layers.decoder import Decoder
from triceras.layers.encoder import Encoder
from triceras.layers.kl_divergence import KLDivergence


@keras.saving.register_keras_serializable(package="triceras")
class VariationalAutoencoder(keras.Model):
    """Reconstructs images `(batch, pixels)` through a Gaussian code, and adds the KL term.

    The compiled loss is the reconstruction term. With `BernoulliNegativeLogLikelihood`, logits
    (`output_activation=None`) and `kl_reduction="sum"` the total is the negative ELBO in nats.
    The metrics `reconstruction` and `kl` are its two terms, `elbo` is minus their sum.

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
        self.encoder = Encoder(latent_dim, self.hidden_units, activation, seed)
        self.kl_divergence = KLDivergence(kl_reduction, kl_weight)
        self.elbo_metric = keras.metrics.Mean(name="elbo")
        self.reconstruction_metric = keras.metrics.Mean(name="reconstruction")
        self.kl_metric = keras.metrics.Mean(name="kl")

    def build(self, input_shape: Any) -> None:
        self.decoder = Decoder(
            input_shape[-1], self.hidden_units[::-1], self.activation, self.output_activation
        )
        self.encoder.build(input_shape)
        self.decoder.build((None, self.latent_dim))

    def call(self, inputs: Any) -> Any:
        mean, log_variance, z = self.encoder(inputs)
        self.kl_divergence((mean, log_variance))
        return self.decoder(z)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        loss = super().compute_loss(x, y, y_pred, sample_weight, training)
        kl = ops.sum(self.losses)
        batch_size = ops.shape(x)[0]
        self.elbo_metric.update_state(-loss, batch_size)
        self.reconstruction_metric.update_state(loss - kl, batch_size)
        self.kl_metric.update_state(kl, batch_size)
        return loss

    def encode(self, x: Any) -> tuple[Any, Any]:
        """The mean and the log variance of the posterior, each `(batch, latent_dim)`."""
        mean, log_variance, _ = self.encoder(ops.convert_to_tensor(x))
        return mean, log_variance

    def decode(self, z: Any) -> Any:
        """Grey values in [0, 1], `(batch, pixels)`, of latent vectors `(batch, latent_dim)`."""
        pixels = self.decoder(ops.convert_to_tensor(z))
        return ops.sigmoid(pixels) if self.output_activation is None else pixels

    def reconstruct(self, x: Any) -> Any:
        """Grey values in [0, 1], `(batch, pixels)`, decoded from the posterior means."""
        return self.decode(self.encode(x)[0])

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
