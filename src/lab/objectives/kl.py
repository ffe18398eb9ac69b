"""The Kullback-Leibler divergence of a diagonal Gaussian from the standard normal."""

from typing import Any

from keras import ops


def kl_divergence(mean: Any, log_variance: Any) -> Any:
    """KL(N(mean, exp(log_variance)) || N(0, 1)) of each coordinate, in nats.

    Args:
        mean: tensor of any shape.
        log_variance: tensor of the same shape.

    Returns:
        A tensor of the same shape; sum it over the latent axis for the KL term of the ELBO.

    Reference:
        [Kingma and Welling, 2013](https://arxiv.org/abs/1312.6114), appendix B.
    """
    return 0.5 * (ops.square(mean) + ops.exp(log_variance) - log_variance - 1.0)
