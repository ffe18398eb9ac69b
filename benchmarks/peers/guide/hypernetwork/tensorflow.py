"""The hypernetwork of `experiment=guide/hypernetwork` in TensorFlow."""

from typing import Any

import tensorflow as tf

from benchmarks.loops.tensorflow import contenders

CLASSES = 10


def loss_of(weights: list[Any], x: Any, y: Any, draw: Any) -> Any:
    """Cross-entropy of classifiers, one for each image, whose weights are generated."""
    *hidden_layers, (kernel, bias) = zip(weights[::2], weights[1::2], strict=True)
    features = x
    for hidden_kernel, hidden_bias in hidden_layers:
        features = tf.nn.relu(features @ hidden_kernel + hidden_bias)
    generated = tf.sigmoid(features @ kernel + bias)
    batch, pixels = x.shape
    # All generated numbers: units * pixels + units + CLASSES * units + CLASSES.
    units = (generated.shape[1] - CLASSES) // (pixels + 1 + CLASSES)
    w0, b0, w1, b1 = tf.split(generated, [pixels * units, units, CLASSES * units, CLASSES], axis=1)
    w0 = tf.reshape(w0, (batch, pixels, units))
    w1 = tf.reshape(w1, (batch, units, CLASSES))
    hidden = tf.nn.relu((x[:, None] @ w0)[:, 0] + b0)
    logits = (hidden[:, None] @ w1)[:, 0] + b1
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))


CONTENDERS = contenders(loss_of)
