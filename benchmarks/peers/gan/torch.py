"""The networks of `experiment=gan` in PyTorch."""

import math
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from benchmarks.loops.torch import channels_first, channels_last, compiled_loss, eager
from benchmarks.task import Objective, Task

# The generator's weights come first, and its moving averages.
WEIGHTS, AVERAGES = 8, 4
LATENT, MOMENTUM, EPSILON = 64, 0.9, 1e-5


def normalize(x: Any, gamma: Any, beta: Any, averages: Any, training: bool) -> Any:
    """Batch normalisation and `silu`; training moves the averages, if there are any, in place."""
    mean, variance = averages or (None, None)
    y = functional.batch_norm(x, mean, variance, gamma, beta, training, 1 - MOMENTUM, EPSILON)
    return functional.silu(y)


def generate(weights: list[Any], averages: Any, noise: Any, side: int, training: bool) -> Any:
    """Images of noise."""
    dense, gamma_1, beta_1, kernel, gamma_2, beta_2, last, bias = weights[:WEIGHTS]
    x = (noise @ dense).view(len(noise), side // 4, side // 4, -1).permute(0, 3, 1, 2)
    x = normalize(x, gamma_1, beta_1, averages[:2], training)
    x = functional.conv_transpose2d(x, kernel, stride=2, padding=1)
    x = normalize(x, gamma_2, beta_2, averages[2:], training)
    return torch.tanh(functional.conv_transpose2d(x, last, bias, stride=2, padding=1))


def judge(weights: list[Any], averages: Any, x: Any, training: bool) -> Any:
    """Logits of images, of being real."""
    first, bias, second, gamma, beta, dense, dense_bias = weights[WEIGHTS:]
    x = functional.silu(functional.conv2d(x, first, bias, stride=2, padding=1))
    x = functional.conv2d(x, second, stride=2, padding=1)
    x = normalize(x, gamma, beta, averages, training)
    # The dense layer's weights are in the order of Keras, whose channels come last.
    return torch.addmm(dense_bias, x.permute(0, 2, 3, 1).flatten(1), dense)


def kept(averages: list[Any], draw: Any) -> list[Any]:
    """Averages of a network that only serves the other one's loss, which training is to keep."""
    return [] if draw.training else averages


def discriminator_loss(
    weights: list[Any], averages: list[Any], x: Any, y: Any, draw: Any
) -> tuple[Any, list[Any]]:
    """The discriminator's loss on real and on generated images, batches of their own."""
    side, own = math.isqrt(x.shape[1]), averages[AVERAGES:]
    with torch.no_grad():
        noise = draw.normal((len(x), LATENT))
        fake = generate(weights, kept(averages[:AVERAGES], draw), noise, side, draw.training)
    real_logits = judge(weights, own, (2 * x - 1).view(-1, 1, side, side), draw.training)
    fake_logits = judge(weights, own, fake, draw.training)
    loss = functional.softplus(-real_logits).mean() + functional.softplus(fake_logits).mean()
    return loss, averages


def generator_loss(
    weights: list[Any], averages: list[Any], x: Any, y: Any, draw: Any
) -> tuple[Any, list[Any]]:
    """The generator's loss by the discriminator that has just moved."""
    noise, side = draw.normal((len(x), LATENT)), math.isqrt(x.shape[1])
    fake = generate(weights, averages[:AVERAGES], noise, side, draw.training)
    logits = judge(weights, kept(averages[AVERAGES:], draw), fake, draw.training)
    return functional.softplus(-logits).mean(), averages


def averages_of(weights: Any) -> list[np.ndarray]:
    """A mean and a variance for each normalisation."""
    scales = weights[1], weights[4], weights[11]
    return [make(gamma) for gamma in scales for make in (np.zeros_like, np.ones_like)]


OBJECTIVES = [
    Objective(discriminator_loss, slice(WEIGHTS, None)),
    Objective(generator_loss, slice(WEIGHTS)),
]
PEOPLES = Task(OBJECTIVES, averages_of, channels_first)
EXPERTS = Task(OBJECTIVES, averages_of, channels_last)
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
