"""The autoencoder of `experiment=guide/vae` in JAX."""

from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.loops.jax import contenders


def loss_of(weights: list[Any], x: Any, y: Any, draw: Any) -> Any:
    """Squared error and KL divergence, each a mean over all elements."""
    layers = list(zip(weights[::2], weights[1::2], strict=True))
    depth = (len(layers) - 3) // 2
    hidden = x
    for kernel, bias in layers[:depth]:
        hidden = jax.nn.relu(hidden @ kernel + bias)
    mean, log_variance = (hidden @ kernel + bias for kernel, bias in layers[depth : depth + 2])
    hidden = mean + jnp.exp(0.5 * log_variance) * draw.normal(mean.shape)
    for kernel, bias in layers[depth + 2 : -1]:
        hidden = jax.nn.relu(hidden @ kernel + bias)
    kernel, bias = layers[-1]
    pixels = jax.nn.sigmoid(hidden @ kernel + bias)
    divergence = -0.5 * jnp.mean(1 + log_variance - mean**2 - jnp.exp(log_variance))
    return jnp.mean((pixels - x) ** 2) + divergence


CONTENDERS = contenders(loss_of)
