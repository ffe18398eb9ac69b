"""The classifier of `experiment=cnn` in JAX."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.loops.jax import donated_step, jitted_step
from benchmarks.task import Objective, Task

CONVOLUTIONS, DROPOUT, MOMENTUM, EPSILON = 2, 0.3, 0.9, 1e-3


def loss_of(weights: list[Any], averages: list[Any], x: Any, y: Any, draw: Any) -> Any:
    """Cross-entropy; moves the averages of each normalisation."""
    normalized, (kernel, bias) = list(zip(*[iter(weights[:-2])] * 3, strict=True)), weights[-2:]
    moved = []

    def normalize(x: Any, gamma: Any, beta: Any) -> Any:
        axes = tuple(range(x.ndim - 1))
        running = averages[len(moved) : len(moved) + 2]
        mean, variance = (jnp.mean(x, axes), jnp.var(x, axes)) if draw.training else running
        pairs = zip(running, (mean, variance), strict=True)
        moved.extend(average * MOMENTUM + now * (1 - MOMENTUM) for average, now in pairs)
        scaled = (x - mean) * (jax.lax.rsqrt(variance + EPSILON) * gamma) + beta
        return jax.nn.silu(scaled)

    batch, side = len(x), math.isqrt(x.shape[1])
    x = x.reshape(batch, side, side, 1)
    *convolutions, (dense, *of_dense) = normalized
    for i, (filters, *scale) in enumerate(convolutions, 1):
        x = jax.lax.conv_general_dilated(
            x, filters, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        x = normalize(x, *scale)
        if i % CONVOLUTIONS == 0:
            _, height, width, channels = x.shape
            x = x.reshape(batch, height // 2, 2, width // 2, 2, channels).mean((2, 4))
            x = draw.dropout(x, DROPOUT)
    x = draw.dropout(normalize(x.reshape(batch, -1) @ dense, *of_dense), DROPOUT)
    log_probabilities = jax.nn.log_softmax(x @ kernel + bias)
    return -jnp.mean(jnp.take_along_axis(log_probabilities, y[:, None], axis=1)), moved


def averages_of(weights: Any) -> list[np.ndarray]:
    """A mean and a variance for each normalisation."""
    return [make(gamma) for gamma in weights[1:-2:3] for make in (np.zeros_like, np.ones_like)]


TASK = Task([Objective(loss_of)], averages_of)
CONTENDERS = {
    "people's": {"jax.jit, a step": jitted_step(TASK)},
    "expert's": {"jax.jit, a step, state donated": donated_step(TASK)},
}
