"""The networks of `experiment=gan` in JAX."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.loops.jax import donated_step, jitted_step
from benchmarks.normalization.jax import normalize
from benchmarks.task import Objective, Task

# The generator's weights come first, and its moving averages.
WEIGHTS, AVERAGES = 8, 4
LATENT, MOMENTUM, EPSILON = 64, 0.9, 1e-5
LAYOUT = ("NHWC", "HWIO", "NHWC")


def normalized(
    x: Any, gamma: Any, beta: Any, averages: list[Any], training: bool
) -> tuple[Any, list[Any]]:
    """Batch normalisation and `silu`, and moving averages after the batch."""
    x, moved = normalize(x, [gamma, beta], averages, MOMENTUM, EPSILON, training)
    return jax.nn.silu(x), moved


def generate(
    weights: list[Any], averages: list[Any], noise: Any, side: int, training: bool
) -> tuple[Any, list[Any]]:
    """Images of noise, and the moving averages after them."""
    dense, gamma_1, beta_1, kernel, gamma_2, beta_2, last, bias = weights[:WEIGHTS]

    def grow(x: Any, kernel: Any) -> Any:
        return jax.lax.conv_transpose(
            x, kernel, (2, 2), "SAME", dimension_numbers=LAYOUT, transpose_kernel=True
        )

    x = (noise @ dense).reshape(len(noise), side // 4, side // 4, -1)
    x, first = normalized(x, gamma_1, beta_1, averages[:2], training)
    x, second = normalized(grow(x, kernel), gamma_2, beta_2, averages[2:], training)
    return jnp.tanh(grow(x, last) + bias), first + second


def judge(weights: list[Any], averages: list[Any], x: Any, training: bool) -> tuple[Any, list[Any]]:
    """Logits of images, of being real, and the moving averages after them."""
    first, bias, second, gamma, beta, dense, dense_bias = weights[WEIGHTS:]

    def shrink(x: Any, kernel: Any) -> Any:
        return jax.lax.conv_general_dilated(x, kernel, (2, 2), "SAME", dimension_numbers=LAYOUT)

    x = shrink(jax.nn.silu(shrink(x, first) + bias), second)
    x, moved = normalized(x, gamma, beta, averages, training)
    return x.reshape(len(x), -1) @ dense + dense_bias, moved


def discriminator_loss(
    weights: list[Any], averages: list[Any], x: Any, y: Any, draw: Any
) -> tuple[Any, list[Any]]:
    """The discriminator's loss on real and on generated images, batches of their own."""
    batch, side = len(x), math.isqrt(x.shape[1])
    of_generator, of_discriminator = averages[:AVERAGES], averages[AVERAGES:]
    noise = draw.normal((batch, LATENT))
    fake, _ = generate(weights, of_generator, noise, side, draw.training)
    real = (2 * x - 1).reshape(batch, side, side, 1)
    real_logits, moved = judge(weights, of_discriminator, real, draw.training)
    fake_logits, moved = judge(weights, moved, fake, draw.training)
    loss = jnp.mean(jax.nn.softplus(-real_logits))
    return loss + jnp.mean(jax.nn.softplus(fake_logits)), of_generator + moved


def generator_loss(
    weights: list[Any], averages: list[Any], x: Any, y: Any, draw: Any
) -> tuple[Any, list[Any]]:
    """The generator's loss by the discriminator that has just moved."""
    noise, side = draw.normal((len(x), LATENT)), math.isqrt(x.shape[1])
    fake, moved = generate(weights, averages[:AVERAGES], noise, side, draw.training)
    logits, _ = judge(weights, averages[AVERAGES:], fake, draw.training)
    return jnp.mean(jax.nn.softplus(-logits)), moved + averages[AVERAGES:]


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
    "people's": {"jax.jit, a step": jitted_step(TASK)},
    "expert's": {"jax.jit, a step, state donated": donated_step(TASK)},
}
