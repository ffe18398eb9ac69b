"""The networks of `experiment=gan` in TensorFlow."""

import math
from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks.loops.tensorflow import function_step, graph_loop
from benchmarks.task import Objective, Task

# The generator's weights come first, and its moving averages.
WEIGHTS, AVERAGES = 8, 4
LATENT, MOMENTUM, EPSILON = 64, 0.9, 1e-5


def normalize(
    x: Any, gamma: Any, beta: Any, averages: list[Any], training: bool
) -> tuple[Any, list[Any]]:
    """Batch normalisation and `silu`, and moving averages after the batch."""
    mean, variance = averages
    y, *moved = tf.compat.v1.nn.fused_batch_norm(
        x,
        gamma,
        beta,
        mean,
        variance,
        EPSILON,
        is_training=training,
        exponential_avg_factor=1 - MOMENTUM,
    )
    return tf.nn.silu(y), moved


def generate(
    weights: list[Any], averages: list[Any], noise: Any, side: int, training: bool
) -> tuple[Any, list[Any]]:
    """Images of noise, and the moving averages after them."""
    dense, gamma_1, beta_1, kernel, gamma_2, beta_2, last, bias = weights[:WEIGHTS]
    batch = noise.shape[0]

    def grow(x: Any, kernel: Any) -> Any:
        shape = tf.constant([batch, 2 * x.shape[1], 2 * x.shape[2], kernel.shape[2]])
        return tf.nn.conv2d_transpose(x, kernel, shape, 2, "SAME")

    x = tf.reshape(noise @ dense, (batch, side // 4, side // 4, -1))
    x, first = normalize(x, gamma_1, beta_1, averages[:2], training)
    x, second = normalize(grow(x, kernel), gamma_2, beta_2, averages[2:], training)
    return tf.tanh(grow(x, last) + bias), first + second


def judge(weights: list[Any], averages: list[Any], x: Any, training: bool) -> tuple[Any, list[Any]]:
    """Logits of images, of being real, and the moving averages after them."""
    first, bias, second, gamma, beta, dense, dense_bias = weights[WEIGHTS:]
    x = tf.nn.silu(tf.nn.conv2d(x, first, 2, "SAME") + bias)
    x, moved = normalize(tf.nn.conv2d(x, second, 2, "SAME"), gamma, beta, averages, training)
    return tf.reshape(x, (x.shape[0], -1)) @ dense + dense_bias, moved


def discriminator_loss(
    weights: list[Any], averages: list[Any], x: Any, y: Any, draw: Any
) -> tuple[Any, list[Any]]:
    """The discriminator's loss on real and on generated images, batches of their own."""
    batch, side = x.shape[0], math.isqrt(x.shape[1])
    of_generator, of_discriminator = averages[:AVERAGES], averages[AVERAGES:]
    noise = draw.normal((batch, LATENT))
    fake, _ = generate(weights, of_generator, noise, side, draw.training)
    real = tf.reshape(2 * x - 1, (batch, side, side, 1))
    real_logits, moved = judge(weights, of_discriminator, real, draw.training)
    fake_logits, moved = judge(weights, moved, fake, draw.training)
    loss = tf.reduce_mean(tf.nn.softplus(-real_logits))
    return loss + tf.reduce_mean(tf.nn.softplus(fake_logits)), of_generator + moved


def generator_loss(
    weights: list[Any], averages: list[Any], x: Any, y: Any, draw: Any
) -> tuple[Any, list[Any]]:
    """The generator's loss by the discriminator that has just moved."""
    noise, side = draw.normal((x.shape[0], LATENT)), math.isqrt(x.shape[1])
    fake, moved = generate(weights, averages[:AVERAGES], noise, side, draw.training)
    logits, _ = judge(weights, averages[AVERAGES:], fake, draw.training)
    return tf.reduce_mean(tf.nn.softplus(-logits)), moved + averages[AVERAGES:]


def averages_of(weights: Any) -> list[np.ndarray]:
    """A mean and a variance for each normalisation."""
    scales = weights[1], weights[4], weights[11]
    return [make(gamma) for gamma in scales for make in (np.zeros_like, np.ones_like)]


TASK = Task(
    [
        Objective(discriminator_loss, slice(WEIGHTS, None)),
        Objective(generator_loss, slice(WEIGHTS)),
    ],
    averages_of,
)
CONTENDERS = {
    "people's": {"tf.function, a step": function_step(TASK)},
    "expert's": {"tf.function, all steps": graph_loop(TASK)},
}
