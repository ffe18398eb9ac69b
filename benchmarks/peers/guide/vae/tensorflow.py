"""The autoencoder of `experiment=guide/vae` in TensorFlow."""

from typing import Any

import tensorflow as tf

from benchmarks.loops.tensorflow import contenders


def loss_of(weights: list[Any], x: Any, y: Any, draw: Any) -> Any:
    """Squared error and KL divergence, each a mean over all elements."""
    layers = list(zip(weights[::2], weights[1::2], strict=True))
    depth = (len(layers) - 3) // 2
    hidden = x
    for kernel, bias in layers[:depth]:
        hidden = tf.nn.relu(hidden @ kernel + bias)
    mean, log_variance = (hidden @ kernel + bias for kernel, bias in layers[depth : depth + 2])
    hidden = mean + tf.exp(0.5 * log_variance) * draw.normal(mean.shape)
    for kernel, bias in layers[depth + 2 : -1]:
        hidden = tf.nn.relu(hidden @ kernel + bias)
    kernel, bias = layers[-1]
    pixels = tf.sigmoid(hidden @ kernel + bias)
    divergence = -0.5 * tf.reduce_mean(1 + log_variance - mean**2 - tf.exp(log_variance))
    return tf.reduce_mean((pixels - x) ** 2) + divergence


CONTENDERS = contenders(loss_of)
