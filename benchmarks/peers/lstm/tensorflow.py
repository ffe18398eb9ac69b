"""The LSTM of `experiment=lstm` in TensorFlow."""

import math
from typing import Any

import tensorflow as tf

from benchmarks.loops.tensorflow import contenders


def loss_of(weights: list[Any], x: Any, y: Any, draw: Any) -> Any:
    """Cross-entropy of images that are read row by row."""
    kernel, recurrent, bias, dense, dense_bias = weights
    side = math.isqrt(x.shape[1])
    # Of all rows at once, as they wait for nothing.
    rows = tf.reshape(tf.transpose(tf.reshape(x, (-1, side, side)), (1, 0, 2)), (-1, side))
    projected = tf.split(rows @ kernel + bias, side)
    hidden = memory = tf.zeros((x.shape[0], recurrent.shape[0]))
    for row in projected:
        i, f, g, o = tf.split(row + hidden @ recurrent, 4, axis=-1)
        memory = tf.sigmoid(f) * memory + tf.sigmoid(i) * tf.tanh(g)
        hidden = tf.sigmoid(o) * tf.tanh(memory)
    logits = hidden @ dense + dense_bias
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))


CONTENDERS = contenders(loss_of)
