"""The autoencoder of `experiment=vae` in JAX."""

from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.loops.jax import contenders


def loss_of(weights: list[Any], x: Any, y: Any, draw: Any) -> Any:
    """Minus the ELBO of freshly drawn binary images, in nats per image."""
    layers = list(zip(weights[::2], weights[1::2], strict=True))
    depth = (len(layers) - 3) // 2
    x = (draw.uniform(x.shape) < x).astype(x.dtype)
    hidden = x
    for kernel, bias in layers[:depth]:
        hidden = jnp.tanh(hidden @ kernel + bias)
    mean, log_variance = (hidden @ kernel + bias for kernel, bias in layers[depth : depth + 2])
    hidden = mean + jnp.exp(0.5 * log_variance) * draw.normal(mean.shape)
    for kernel, bias in layers[depth + 2 : -1]:
        hidden = jnp.tanh(hidden @ kernel + bias)
    kernel, bias = layers[-1]
    logits = hidden @ kernel + bias
    reconstruction = jnp.sum(jax.nn.softplus(logits) - x * logits, axis=-1)
    divergence = -0.5 * jnp.sum(1 + log_variance - mean**2 - jnp.exp(log_variance), axis=-1)
    return jnp.mean(reconstruction + divergence)


CONTENDERS = contenders(loss_of)
