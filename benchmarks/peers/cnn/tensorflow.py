"""The classifier of `experiment=cnn` in TensorFlow."""

import math
from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks.loops.tensorflow import function_step, graph_loop
from benchmarks.task import Objective, Task

CONVOLUTIONS, DROPOUT, MOMENTUM, EPSILON = 2, 0.3, 0.9, 1e-3


def loss_of(weights: list[Any], averages: list[Any], x: Any, y: Any, draw: Any) -> Any:
    """Cross-entropy; moves the averages of each normalisation."""
    normalized, (kernel, bias) = list(zip(*[iter(weights[:-2])] * 3, strict=True)), weights[-2:]
    moved = []

    def normalize(x: Any, gamma: Any, beta: Any) -> Any:
        images = x if len(x.shape) == 4 else x[:, None, None]
        mean, variance = averages[len(moved) : len(moved) + 2]
        y, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            images,
            gamma,
            beta,
            mean,
            variance,
            EPSILON,
            is_training=draw.training,
            exponential_avg_factor=1 - MOMENTUM,
        )
        moved.extend([mean, variance])
        return tf.nn.silu(tf.reshape(y, x.shape))

    batch, side = x.shape[0], math.isqrt(x.shape[1])
    x = tf.reshape(x, (batch, side, side, 1))
    *convolutions, (dense, *of_dense) = normalized
    for i, (filters, *scale) in enumerate(convolutions, 1):
        x = normalize(tf.nn.conv2d(x, filters, 1, "SAME"), *scale)
        if i % CONVOLUTIONS == 0:
            x = draw.dropout(tf.nn.avg_pool2d(x, 2, 2, "VALID"), DROPOUT)
    x = draw.dropout(normalize(tf.reshape(x, (batch, -1)) @ dense, *of_dense), DROPOUT)
    logits = x @ kernel + bias
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)
    return tf.reduce_mean(losses), moved


def averages_of(weights: Any) -> list[np.ndarray]:
    """A mean and a variance for each normalisation."""
    return [make(gamma) for gamma in weights[1:-2:3] for make in (np.zeros_like, np.ones_like)]


TASK = Task([Objective(loss_of)], averages_of)
CONTENDERS = {
    "people's": {"tf.function, a step": function_step(TASK)},
    "expert's": {"tf.function, all steps": graph_loop(TASK)},
}
