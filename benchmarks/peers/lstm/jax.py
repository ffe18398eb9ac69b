"""The LSTM of `experiment=lstm` in JAX."""

import functools
import math
from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.loops.jax import jitted_step, scan
from benchmarks.task import minimize


def cell(recurrent: Any, state: tuple[Any, Any], projected: Any) -> tuple[tuple[Any, Any], None]:
    """What is remembered after one more row, whose part in the gates is given."""
    hidden, memory = state
    i, f, g, o = jnp.split(projected + hidden @ recurrent, 4, axis=-1)
    memory = jax.nn.sigmoid(f) * memory + jax.nn.sigmoid(i) * jnp.tanh(g)
    return (jax.nn.sigmoid(o) * jnp.tanh(memory), memory), None


def loss_of(weights: list[Any], x: Any, y: Any, draw: Any, unroll: int = 1) -> Any:
    """Cross-entropy of images that are read row by row."""
    kernel, recurrent, bias, dense, dense_bias = weights
    side = math.isqrt(x.shape[1])
    # Of all rows at once, as they wait for nothing.
    projected = jnp.swapaxes(x.reshape(-1, side, side) @ kernel + bias, 0, 1)
    zeros = jnp.zeros((len(x), len(recurrent)))
    step = functools.partial(cell, recurrent)
    (hidden, _), _ = jax.lax.scan(step, (zeros, zeros), projected, unroll=unroll)
    log_probabilities = jax.nn.log_softmax(hidden @ dense + dense_bias)
    return -jnp.mean(jnp.take_along_axis(log_probabilities, y[:, None], axis=1))


CONTENDERS = {
    "people's": {"jax.jit, a step": jitted_step(minimize(loss_of))},
    "expert's": {
        "lax.scan, all steps": scan(minimize(loss_of)),
        "lax.scan, all steps, rows unrolled": scan(
            minimize(functools.partial(loss_of, unroll=True))
        ),
    },
}
