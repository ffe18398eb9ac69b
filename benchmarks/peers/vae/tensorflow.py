"""The autoencoder of `experiment=vae` in TensorFlow."""

from typing import Any

import tensorflow as tf

from benchmarks.loops.tensorflow import contenders


def loss_of(weights: list[Any], x: Any, y: Any, draw: Any) -> Any:
    """Minus the ELBO of freshly drawn binary images, in nats per image."""
    layers = list(zip(weights[::2], weights[1::2], strict=True))
    depth = (len(layers) - 3) // 2
    x = tf.cast(draw.uniform(x.shape) < x, x.dtype)
    hidden = x
    for kernel, bias in layers[:depth]:
        hidden = tf.tanh(hidden @ kernel + bias)
    mean, log_variance = (hidden @ kernel + bias for kernel, bias in layers[depth : depth + 2])
    hidden = mean + tf.exp(0.5 * log_variance) * draw.normal(mean.shape)
    for kernel, bias in layers[depth + 2 : -1]:
        hidden = tf.tanh(hidden @ kernel + bias)
    kernel, bias = layers[-1]
    logits = hidden @ kernel + bias
    reconstruction = tf.reduce_sum(tf.nn.softplus(logits) - x * logits, axis=-1)
    divergence = -0.5 * tf.reduce_sum(1 + log_variance - mean**2 - tf.exp(log_variance), axis=-1)
    return tf.reduce_mean(reconstruction + divergence)


CONTENDERS = contenders(loss_of)
