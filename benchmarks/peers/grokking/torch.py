"""The transformer of `experiment=grokking` in PyTorch."""

from typing import Any

import torch
from torch.nn import functional

from benchmarks.loops.torch import contenders

# Weights of a block.
BLOCK, EPSILON = 12, 1e-3


def normalize(x: Any, gamma: Any, beta: Any) -> Any:
    """Layer normalisation."""
    return functional.layer_norm(x, gamma.shape, gamma, beta, EPSILON)


def split(block: list[Any]) -> tuple[list[Any], ...]:
    """The weights of a normalisation, an attention, a normalisation and a perceptron."""
    return block[:2], block[2:6], block[6:8], block[8:]


def loss_of(weights: list[Any], x: Any, y: Any, draw: Any) -> Any:
    """Cross-entropy of the token after the last one."""
    tokens, positions, *inner, gamma, beta, kernel, bias = weights
    x = functional.embedding(x, tokens) + positions
    for start in range(0, len(inner), BLOCK):
        first, attention, second, perceptron = split(inner[start : start + BLOCK])
        query, key, value, output = attention
        normalized = normalize(x, *first)
        # Nobody asks what the other tokens are in the end.
        last = start + BLOCK == len(inner)
        asking, x = (normalized[:, -1:], x[:, -1:]) if last else (normalized, x)
        heads = query.shape[1:]
        q, k, v = (
            (x @ projection.flatten(1)).unflatten(-1, heads).transpose(1, 2)
            for x, projection in ((asking, query), (normalized, key), (normalized, value))
        )
        attended = functional.scaled_dot_product_attention(q, k, v, is_causal=not last)
        x = x + attended.transpose(1, 2).flatten(2) @ output.flatten(0, 1)
        kernel_1, bias_1, kernel_2, bias_2 = perceptron
        hidden = functional.gelu(normalize(x, *second) @ kernel_1 + bias_1)
        x = x + hidden @ kernel_2 + bias_2
    logits = torch.addmm(bias, normalize(x[:, -1], gamma, beta), kernel)
    return functional.cross_entropy(logits, y)


CONTENDERS = contenders(loss_of)
