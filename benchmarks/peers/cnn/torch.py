"""The classifier of `experiment=cnn` in PyTorch."""

import math
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from benchmarks.loops.torch import channels_first, channels_last, compiled_loss, eager
from benchmarks.task import Objective, Task

CONVOLUTIONS, DROPOUT, MOMENTUM, EPSILON = 2, 0.3, 0.9, 1e-3


def loss_of(weights: list[Any], averages: list[Any], x: Any, y: Any, draw: Any) -> Any:
    """Cross-entropy; moves the averages of each normalisation, in place."""
    normalized, (kernel, bias) = list(zip(*[iter(weights[:-2])] * 3, strict=True)), weights[-2:]
    running = zip(averages[::2], averages[1::2], strict=True)

    def normalize(x: Any, gamma: Any, beta: Any) -> Any:
        options = draw.training, 1 - MOMENTUM, EPSILON
        y = functional.batch_norm(x, *next(running), gamma, beta, *options)
        return functional.silu(y)

    side = math.isqrt(x.shape[1])
    x = x.view(-1, 1, side, side)
    *convolutions, (dense, *of_dense) = normalized
    for i, (filters, *scale) in enumerate(convolutions, 1):
        x = normalize(functional.conv2d(x, filters, padding="same"), *scale)
        if i % CONVOLUTIONS == 0:
            x = draw.dropout(functional.avg_pool2d(x, 2), DROPOUT)
    # The dense layer's weights are in the order of Keras, whose channels come last.
    x = x.permute(0, 2, 3, 1).flatten(1)
    x = draw.dropout(normalize(x @ dense, *of_dense), DROPOUT)
    return functional.cross_entropy(torch.addmm(bias, x, kernel), y), averages


def averages_of(weights: Any) -> list[np.ndarray]:
    """A mean and a variance for each normalisation."""
    return [make(gamma) for gamma in weights[1:-2:3] for make in (np.zeros_like, np.ones_like)]


PEOPLES = Task([Objective(loss_of)], averages_of, channels_first)
EXPERTS = Task([Objective(loss_of)], averages_of, channels_last)
CONTENDERS = {
    "people's": {
        "eager, fused Adam": eager(PEOPLES),
        "torch.compile, fused Adam": compiled_loss(PEOPLES),
    },
    "expert's": {
        "eager, channels_last": eager(EXPERTS),
        "torch.compile, channels_last": compiled_loss(EXPERTS),
    },
}
