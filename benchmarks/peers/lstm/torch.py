"""The LSTM of `experiment=lstm` in PyTorch."""

import math
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from benchmarks.loops.torch import compiled_loss, eager, whole_step
from benchmarks.task import minimize


def fused_loss(weights: list[Any], x: Any, y: Any, draw: Any) -> Any:
    """Cross-entropy of images that are read row by row, by what `torch.nn.LSTM` calls."""
    kernel, recurrent, bias, dense, dense_bias = weights
    side = math.isqrt(x.shape[1])
    zeros = x.new_zeros((1, len(x), recurrent.shape[1]))
    # PyTorch's LSTM has two biases, which count as one: the second stays 0.
    parameters = [kernel, recurrent, bias, torch.zeros_like(bias)]
    outputs, *_ = torch.lstm(
        x.view(-1, side, side),
        (zeros, zeros),
        parameters,
        has_biases=True,
        num_layers=1,
        dropout=0.0,
        train=True,
        bidirectional=False,
        batch_first=True,
    )
    return functional.cross_entropy(torch.addmm(dense_bias, outputs[:, -1], dense), y)


def unrolled_loss(weights: list[Any], x: Any, y: Any, draw: Any) -> Any:
    """The same as operations that inductor can fuse."""
    kernel, recurrent, bias, dense, dense_bias = weights
    side = math.isqrt(x.shape[1])
    # Of all rows at once, as they wait for nothing.
    rows = (x.view(-1, side, side).transpose(0, 1) @ kernel + bias).unbind(0)
    hidden = memory = x.new_zeros((len(x), len(recurrent)))
    for row in rows:
        i, f, g, o = torch.addmm(row, hidden, recurrent).chunk(4, -1)
        memory = torch.sigmoid(f) * memory + torch.sigmoid(i) * torch.tanh(g)
        hidden = torch.sigmoid(o) * torch.tanh(memory)
    return functional.cross_entropy(torch.addmm(dense_bias, hidden, dense), y)


def rows_first(weights: list[np.ndarray]) -> list[Any]:
    """Weights of the LSTM as PyTorch has them: a row for each number in a gate."""
    return [np.ascontiguousarray(w.T) if i < 2 else w for i, w in enumerate(weights)]


FUSED, UNROLLED = minimize(fused_loss, layout=rows_first), minimize(unrolled_loss)
CONTENDERS = {
    "people's": {"eager, nn.LSTM, fused Adam": eager(FUSED)},
    "expert's": {
        "torch.compile, unrolled, fused Adam": compiled_loss(UNROLLED),
        "inductor, whole step": whole_step(UNROLLED),
    },
}
