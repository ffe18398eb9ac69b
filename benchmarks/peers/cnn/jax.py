"""The classifier of `experiment=cnn` in JAX."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.loops.jax import donated_step, jitted_step
from benchmarks.normalization.jax import normalize
from benchmarks.task import Objective, Task

CONVOLUTIONS, DROPOUT, MOMENTUM, EPSILON = 2, 0.3, 0.9, 1e-3


def loss_of(weights: list[Any], averages: list[Any], x: Any, y: Any, draw: Any) -> Any:
    """Cross-entropy; moves the averages of each normalisation."""
    normalized, (kernel, bias) = list(zip(*[iter(weights[:-2])] * 3, strict=True)), weights[-2:]
    moved = []

    def activated(x: Any, scale: list[Any]) -> Any:
        averaged = averages[len(moved) : len(moved) + 2]
        x, after = normalize(x, scale, averaged, MOMENTUM, EPSILON, draw.training)
        moved.extend(after)
        return jax.nn.silu(x)

    batch, side = len(x), math.isqrt(x.shape[1])
    x = x.reshape(batch, side, side, 1)
    *convolutions, (dense, *of_dense) = normalized
    for i, (filters, *scale) in enumerate(convolutions, 1):
        x = jax.lax.conv_general_dilated(
            x, filters, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        x = activated(x, scale)
        if i % CONVOLUTIONS == 0:
            _, height, width, channels = x.shape
            x = x.reshape(batch, height // 2, 2, width // 2, 2, channels).mean((2, 4))
            x = draw.dropout(x, DROPOUT)
    x = draw.dropout(activated(x.reshape(batch, -1) @ dense, of_dense), DROPOUT)
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
