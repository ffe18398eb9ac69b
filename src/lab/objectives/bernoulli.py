"""The likelihood of binary pixels."""

from typing import Any

import keras
from keras import ops


def bernoulli_negative_log_likelihood(targets: Any, logits: Any) -> Any:
    """-log p(targets | logits), summed over all axes but the first, in nats.

    Args:
        targets: tensor `(batch, ...)` of values in [0, 1].
        logits: tensor of the same shape, log odds.

    Returns:
        A tensor `(batch,)`.
    """
    # -t log s(l) - (1 - t) log(1 - s(l)) = softplus(l) - t l, which never overflows.
    pixels = ops.softplus(logits) - targets * logits
    return ops.sum(ops.reshape(pixels, (ops.shape(pixels)[0], -1)), axis=-1)


@keras.saving.register_keras_serializable(package="lab")
class BernoulliNegativeLogLikelihood(keras.losses.Loss):
    """The reconstruction term of the ELBO for binary pixels, in nats per image.

    A mean over the batch of a sum over the pixels; `y_pred` are logits.

    Reference:
        [Kingma and Welling, 2013](https://arxiv.org/abs/1312.6114), appendix C.1.
    """

    unit = "nats"
    from_logits = True
    targets_between = (0.0, 1.0)
    targets_binary = True

    def __init__(
        self,
        reduction: str = "sum_over_batch_size",
        name: str = "bernoulli_negative_log_likelihood",
        **kwargs: Any,
    ):
        super().__init__(reduction=reduction, name=name, **kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return bernoulli_negative_log_likelihood(y_true, y_pred)
