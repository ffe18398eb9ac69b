"""The transformer of `experiment=grokking` in JAX."""

from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.loops.jax import contenders

# Weights of a block.
BLOCK, EPSILON = 12, 1e-3


def normalize(x: Any, gamma: Any, beta: Any) -> Any:
    """Layer normalisation."""
    mean = jnp.mean(x, -1, keepdims=True)
    variance = jnp.var(x, -1, keepdims=True)
    return (x - mean) * (jax.lax.rsqrt(variance + EPSILON) * gamma) + beta


def split(block: list[Any]) -> tuple[list[Any], ...]:
    """The weights of a normalisation, an attention, a normalisation and a perceptron."""
    return block[:2], block[2:6], block[6:8], block[8:]


def loss_of(weights: list[Any], x: Any, y: Any, draw: Any) -> Any:
    """Cross-entropy of the token after the last one."""
    tokens, positions, *inner, gamma, beta, kernel, bias = weights
    x = jnp.take(tokens, x, axis=0) + positions
    for start in range(0, len(inner), BLOCK):
        first, attention, second, perceptron = split(inner[start : start + BLOCK])
        query, key, value, output = attention
        normalized = normalize(x, *first)
        # Nobody asks what the other tokens are in the end.
        last = start + BLOCK == len(inner)
        asking, x = (normalized[:, -1:], x[:, -1:]) if last else (normalized, x)
        attended = jax.nn.dot_product_attention(
            jnp.einsum("btw,whk->bthk", asking, query),
            jnp.einsum("btw,whk->bthk", normalized, key),
            jnp.einsum("btw,whk->bthk", normalized, value),
            is_causal=not last,
        )
        x = x + jnp.einsum("bthk,hkw->btw", attended, output)
        kernel_1, bias_1, kernel_2, bias_2 = perceptron
        hidden = normalize(x, *second) @ kernel_1 + bias_1
        x = x + jax.nn.gelu(hidden, approximate=False) @ kernel_2 + bias_2
    logits = normalize(x[:, -1], gamma, beta) @ kernel + bias
    log_probabilities = jax.nn.log_softmax(logits)
    return -jnp.mean(jnp.take_along_axis(log_probabilities, y[:, None], axis=1))


CONTENDERS = contenders(loss_of)
