"""What the subclassed and the functional variational autoencoder have in common."""

from typing import Any

import keras
import numpy as np
from keras import ops

from triceras.data import mean_row
from triceras.errors import UserError

LEAST_PROBABILITY = 1e-3


class VariationalAutoencoderMixin:
    """Metrics of a variational autoencoder, and its two halves.

    Beside `loss`, what is minimised, the metrics are `reconstruction`, the compiled loss, `kl`, the
    divergence, and `elbo`, minus the sum of these two: `kl_weight` does not touch it. With
    `kl_reduction="mean"` the sum is no bound, and there is no `elbo`.

    A class that uses it has an `encoder` (images to mean and log variance), a `decoder` (latent
    vectors to pixels), a layer `kl_divergence`, `gives_logits`, whether pixels are log odds,
    `output_layer`, the decoder's last one, and calls `add_metrics`.
    """

    encoder: Any
    decoder: Any
    kl_divergence: Any
    gives_logits: bool
    output_layer: Any

    def add_metrics(self) -> None:
        """Creates the metrics, once the model exists."""
        self.reconstruction_metric = keras.metrics.Mean(name="reconstruction")
        self.kl_metric = keras.metrics.Mean(name="kl")

    def adapt(self, x: Any) -> None:
        """Starts the output's bias at the log odds of the mean image; the output must be logits.

        The first steps then need not learn which pixels are always black.

        Args:
            x: training images in [0, 1], `(n, pixels)`, an array or `RowsOnDisk`.

        Raises:
            UserError: the output is not logits.

        Reference:
            [Burda, Grosse and Salakhutdinov, 2015](https://arxiv.org/abs/1509.00519), in the code
            that came with the paper, with the same smallest probability.
        """
        if not self.gives_logits:
            raise UserError(
                "model.adapt=true wants logits: set model.network.output_activation=null, or "
                "model.adapt=false"
            )
        mean = np.clip(mean_row(x), LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
        log_odds = np.log(mean) - np.log1p(-mean)
        self.output_layer.bias.assign(log_odds.astype("float32"))

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The compiled loss and what layers added; updates the metrics with the terms."""
        loss = super().compute_loss(x, y, y_pred, sample_weight, training)  # pyright: ignore
        # `fit` calls this once without a forward pass, when there are no losses yet.
        added = self.losses or [0.0]  # pyright: ignore
        batch_size = ops.shape(y_pred)[0]
        self.reconstruction_metric.update_state(loss - sum(added), batch_size)
        self.kl_metric.update_state(added[0], batch_size)
        return loss

    def get_metrics_result(self) -> dict[str, Any]:
        """The metrics' results, and the ELBO that follows from them."""
        results = super().get_metrics_result()  # pyright: ignore
        if self.kl_divergence.reduction == "sum":
            results["elbo"] = -(results["reconstruction"] + results["kl"])
        return results

    def encode(self, x: Any) -> tuple[Any, Any]:
        """The mean and the log variance of the posterior, each `(batch, latent_dim)`."""
        return self.encoder(ops.convert_to_tensor(x))

    def decode(self, z: Any) -> Any:
        """Grey values in [0, 1], `(batch, pixels)`, of latent vectors `(batch, latent_dim)`."""
        pixels = self.decoder(ops.convert_to_tensor(z))
        return ops.sigmoid(pixels) if self.gives_logits else pixels

    def reconstruct(self, x: Any) -> Any:
        """Grey values in [0, 1], `(batch, pixels)`, decoded from the posterior means."""
        return self.decode(self.encode(x)[0])
