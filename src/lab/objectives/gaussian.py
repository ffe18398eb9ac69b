"""The likelihood of pixels of any value."""

import math
from typing import Any

import keras
from keras import ops

from triceras.errors import UserError


def gaussian_negative_log_likelihood(targets: Any, means: Any, scale: float) -> Any:
    """-log p(targets | means, scale), summed over all axes but the first, in nats.

    Args:
        targets: tensor `(batch, ...)`.
        means: tensor of the same shape.
        scale: standard deviation of each pixel around its mean.

    Returns:
        A tensor `(batch,)`. It is below 0 where the density is above 1.
    """
    pixels = 0.5 * ops.square((targets - means) / scale) + math.log(scale * math.sqrt(math.tau))
    return ops.sum(ops.reshape(pixels, (ops.shape(pixels)[0], -1)), axis=-1)


@keras.saving.register_keras_serializable(package="lab")
class GaussianNegativeLogLikelihood(keras.losses.Loss):
    """The reconstruction term of the ELBO for pixels of any value, in nats per image.

    A mean over the batch of a sum over the pixels; `y_pred` are the means. It is a density, of
    pixels in the units that they come in: numbers of two runs compare where their data are scaled
    alike.

    Args:
        scale: standard deviation of each pixel around its mean, above 0, in the units of the
            pixels. The larger it is, the more the KL term counts.
        reduction: as of all losses.
        name: of the loss.

    Raises:
        UserError: the scale is not above 0.

    Reference:
        [Kingma and Welling, 2013](https://arxiv.org/abs/1312.6114), appendix C.2.
    """

    unit = "nats"
    from_logits = False

    def __init__(
        self,
        scale: float = 0.1,
        reduction: str = "sum_over_batch_size",
        name: str = "gaussian_negative_log_likelihood",
        **kwargs: Any,
    ):
        super().__init__(reduction=reduction, name=name, **kwargs)
        if not 0 < scale < math.inf:
            raise UserError(f"model.loss.scale={scale} is no standard deviation: use one above 0")
        self.scale = scale

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return gaussian_negative_log_likelihood(y_true, y_pred, self.scale)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "scale": self.scale}
