"""The two losses of adversarial training, from the logits of a discriminator."""

from typing import Any

from keras import ops


def discriminator_loss(real_logits: Any, fake_logits: Any) -> Any:
    """-E[log D(x)] - E[log(1 - D(G(z)))], where D is the sigmoid of the logits.

    Args:
        real_logits: tensor `(batch, 1)`, of images of the data.
        fake_logits: tensor `(batch, 1)`, of generated images.

    Returns:
        A scalar, in nats; 2 log 2 where the discriminator can only guess.

    Reference:
        [Goodfellow et al., 2014](https://arxiv.org/abs/1406.2661), equation 1.
    """
    # log s(l) = -softplus(-l) and log(1 - s(l)) = -softplus(l), which never overflow.
    real, fake = (ops.cast(logits, "float32") for logits in (real_logits, fake_logits))
    return ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))


def generator_loss(fake_logits: Any) -> Any:
    """-E[log D(G(z))], the loss that does not saturate where the discriminator is sure.

    Args:
        fake_logits: tensor `(batch, 1)`, of generated images.

    Returns:
        A scalar, in nats; log 2 where the discriminator can only guess.

    Reference:
        [Goodfellow et al., 2014](https://arxiv.org/abs/1406.2661), section 3.
    """
    return ops.mean(ops.softplus(-ops.cast(fake_logits, "float32")))
