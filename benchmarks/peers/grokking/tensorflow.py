"""The transformer of `experiment=grokking` in TensorFlow."""

from typing import Any

import tensorflow as tf

from benchmarks.loops.tensorflow import contenders

# Weights of a block.
BLOCK, EPSILON = 12, 1e-3


def normalize(x: Any, gamma: Any, beta: Any) -> Any:
    """Layer normalisation."""
    mean, variance = tf.nn.moments(x, -1, keepdims=True)
    return tf.nn.batch_normalization(x, mean, variance, beta, gamma, EPSILON)


def split(block: list[Any]) -> tuple[list[Any], ...]:
    """The weights of a normalisation, an attention, a normalisation and a perceptron."""
    return block[:2], block[2:6], block[6:8], block[8:]


def loss_of(weights: list[Any], x: Any, y: Any, draw: Any) -> Any:
    """Cross-entropy of the token after the last one."""
    tokens, positions, *inner, gamma, beta, kernel, bias = weights
    x = tf.gather(tokens, x) + positions
    for start in range(0, len(inner), BLOCK):
        first, projections, second, perceptron = split(inner[start : start + BLOCK])
        normalized = normalize(x, *first)
        # Nobody asks what the other tokens are in the end.
        last = start + BLOCK == len(inner)
        asking, x = (normalized[:, -1:], x[:, -1:]) if last else (normalized, x)
        x = x + attention(asking, normalized, projections, not last)
        kernel_1, bias_1, kernel_2, bias_2 = perceptron
        hidden = tf.nn.gelu(dense(normalize(x, *second), kernel_1) + bias_1)
        x = x + dense(hidden, kernel_2) + bias_2
    logits = normalize(x[:, -1], gamma, beta) @ kernel + bias
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))


def dense(x: Any, kernel: Any) -> Any:
    """One matrix product over all positions of `(batch, length, width)`."""
    flat = tf.reshape(x, (-1, x.shape[-1])) @ kernel
    return tf.reshape(flat, (*x.shape[:-1], kernel.shape[-1]))


def attention(x: Any, seen: Any, projections: list[Any], is_causal: bool) -> Any:
    """What positions of `x` take of those of `seen`, `(batch, length, width)`."""
    query, key, value, output = projections
    width, heads, size = query.shape

    def project(x: Any, kernel: Any) -> Any:
        flat = dense(x, tf.reshape(kernel, (width, heads * size)))
        split = tf.reshape(flat, (*x.shape[:-1], heads, size))
        return tf.transpose(split, (0, 2, 1, 3))

    scores = tf.matmul(project(x, query), project(seen, key), transpose_b=True) * size**-0.5
    if is_causal:
        mask = tf.linalg.band_part(tf.ones(scores.shape[-2:], tf.bool), -1, 0)
        scores = tf.where(mask, scores, -1e9)
    attended = tf.transpose(tf.nn.softmax(scores) @ project(seen, value), (0, 2, 1, 3))
    joined = tf.reshape(attended, (*attended.shape[:2], heads * size))
    return dense(joined, tf.reshape(output, (heads * size, width)))


CONTENDERS = contenders(loss_of)
