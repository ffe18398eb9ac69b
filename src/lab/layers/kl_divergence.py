"""A layer that adds the KL term of a variational autoencoder to the loss."""

from typing import Any

import keras
from keras import ops

from lab.objectives.kl import kl_divergence
from triceras.errors import UserError


@keras.saving.register_keras_serializable(package="lab")
class KLDivergence(keras.layers.Layer):
    """Passes `(mean, log_variance)` on and adds their divergence from N(0, I) with `add_loss`.

    The first of its `losses` is the divergence whatever the weight, and their sum is weighted.

    Args:
        reduction: `"sum"` over the latent coordinates and mean over the batch (the ELBO, in
            nats), or `"mean"` over both (the 2020 guide).
        weight: factor of the term (the beta of a beta-VAE).

    Raises:
        UserError: `reduction` is neither.

    Reference:
        [Higgins et al., 2017](https://openreview.net/forum?id=Sy2fzU9gl) for `weight`.
    """

    def __init__(self, reduction: str = "sum", weight: float = 1.0, **kwargs: Any):
        super().__init__(**kwargs)
        if reduction not in ("sum", "mean"):
            raise UserError(f"KLDivergence: reduction must be sum or mean, not {reduction!r}")
        self.reduction = reduction
        self.weight = weight

    def call(self, inputs: Any) -> Any:
        # In float16 the sum loses digits, and the exponential overflows at a log variance of 11.
        mean, log_variance = (ops.cast(a, self.variable_dtype) for a in inputs)
        reduce = ops.sum if self.reduction == "sum" else ops.mean
        divergence = ops.mean(reduce(kl_divergence(mean, log_variance), axis=-1))
        self.add_loss(divergence)
        if self.weight != 1:
            self.add_loss((self.weight - 1) * divergence)
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "reduction": self.reduction, "weight": self.weight}
