"""What the subclassed and the functional variational autoencoder have in common."""

import math
import weakref
from typing import Any

import keras
import numpy as np
from keras import ops

from lab.models.logits import takes_logits
from triceras.data import mean_row
from triceras.errors import UserError

LEAST_PROBABILITY = 1e-3
# Which models begin with log odds; an attribute would be among the numbers of the model.
ADAPTED: weakref.WeakSet = weakref.WeakSet()
# And which count some examples more than others, so that their loss is no bound.
WEIGHTED: weakref.WeakSet = weakref.WeakSet()


class VariationalAutoencoderMixin:
    """Metrics of a variational autoencoder, and its two halves.

    Beside `loss`, what is minimised, the metrics are `reconstruction`, the compiled loss, `kl`, the
    divergence, and `elbo`, minus the sum of these two: `kl_weight` does not touch it. The sum is
    a bound only where the loss is a negative log likelihood (its `unit` is `"nats"`), the mean of
    examples without weights, and `kl_reduction="sum"`: else there is no `elbo`.

    A class that uses it has an `encoder` (images to mean and log variance), a `decoder` (latent
    vectors to pixels), a layer `kl_divergence`, the function `pixel_activation`, `output_layer`,
    the decoder's last one with weights, and calls `add_metrics`.
    """

    encoder: Any
    decoder: Any
    kl_divergence: Any
    pixel_activation: Any
    output_layer: Any

    def check_outputs(self) -> None:
        """Checks that the loss takes the outputs for what they are.

        Raises:
            UserError: it does not.
        """
        loss = getattr(self, "loss", None)
        linear = self.pixel_activation is keras.activations.linear
        name = type(loss).__name__
        if takes_logits(loss) and not linear:
            raise UserError(
                f"the loss {name} reads log odds, and the network gives "
                f"{self.pixel_activation.__name__} of them: set "
                "model.network.output_activation=null, or choose another loss"
            )
        if isinstance(loss, keras.losses.BinaryCrossentropy) and linear and not takes_logits(loss):
            raise UserError(
                "the loss BinaryCrossentropy reads probabilities, and the network gives log odds: "
                "set +model.loss.from_logits=true, or model.network.output_activation=sigmoid"
            )
        if self in ADAPTED and not self.gives_logits:
            raise UserError(
                f"model.adapt=true begins with the log odds of the mean image, and the loss {name} "
                "reads none: set model.adapt=false"
            )

    @property
    def gives_logits(self) -> bool:
        """Whether pixels are log odds, as far as is known: those of no activation are."""
        loss = getattr(self, "loss", None)
        linear = self.pixel_activation is keras.activations.linear
        return linear and (loss is None or takes_logits(loss) is not False)

    def add_metrics(self) -> None:
        """Creates the metrics, once the model exists."""
        self.reconstruction_metric = keras.metrics.Mean(name="reconstruction")
        self.kl_metric = keras.metrics.Mean(name="kl")

    def adapt(self, x: Any) -> None:
        """Starts the output's bias at the log odds of the mean image; the output must be logits.

        The first steps then need not learn which pixels are always black.

        Args:
            x: training images in [0, 1], `(n, ...)`, an array or `RowsOnDisk`.

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
        mean = np.clip(np.reshape(mean_row(x), -1), LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
        log_odds = np.log(mean) - np.log1p(-mean)
        self.output_layer.bias.assign(log_odds.astype("float32"))
        ADAPTED.add(self)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The compiled loss and what layers added; updates the metrics with the terms.

        Raises:
            UserError: the loss takes the outputs for something else than they are.
        """
        self.check_outputs()
        if sample_weight is not None:
            WEIGHTED.add(self)
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
        if self.is_in_nats and self.kl_divergence.reduction == "sum":
            results["elbo"] = -(results["reconstruction"] + results["kl"])
        return results

    @property
    def is_in_nats(self) -> bool:
        """Whether the compiled loss is the negative log likelihood of an example, on average."""
        loss: Any = getattr(self, "loss", None)
        weights = getattr(getattr(self, "_compile_loss", None), "_user_loss_weights", None)
        return (
            getattr(loss, "unit", None) == "nats"
            and getattr(loss, "reduction", None) != "sum"
            and weights in (None, 1)
            and self not in WEIGHTED
        )

    def encode(self, x: Any) -> tuple[Any, Any]:
        """The mean and the log variance of the posterior, each `(batch, latent_dim)`."""
        return self.encoder(as_rows(ops.convert_to_tensor(x)))

    def decode(self, z: Any) -> Any:
        """Pixels `(batch, pixels)` of latent vectors `(batch, latent_dim)`.

        Those of logits are grey values in [0, 1].
        """
        pixels = self.decoder(ops.convert_to_tensor(z))
        return ops.sigmoid(pixels) if self.gives_logits else pixels

    def reconstruct(self, x: Any) -> Any:
        """Pixels as of `decode`, `(batch, pixels)`, from the posterior means."""
        return self.decode(self.encode(x)[0])


def as_rows(images: Any) -> Any:
    """Images `(batch, ...)` as rows of pixels `(batch, pixels)`."""
    shape = ops.shape(images)
    return images if len(shape) == 2 else ops.reshape(images, (-1, math.prod(shape[1:])))
