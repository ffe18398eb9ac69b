"""The autoencoder of `experiment=guide/vae` in PyTorch."""

from typing import Any

import torch

from benchmarks.loops.torch import contenders


def loss_of(weights: list[Any], x: Any, y: Any, draw: Any) -> Any:
    """Squared error and KL divergence, each a mean over all elements."""
    layers = list(zip(weights[::2], weights[1::2], strict=True))
    depth = (len(layers) - 3) // 2
    hidden = x
    for kernel, bias in layers[:depth]:
        hidden = torch.relu(torch.addmm(bias, hidden, kernel))
    mean, log_variance = (torch.addmm(b, hidden, k) for k, b in layers[depth : depth + 2])
    hidden = mean + torch.exp(0.5 * log_variance) * draw.normal(mean.shape)
    for kernel, bias in layers[depth + 2 : -1]:
        hidden = torch.relu(torch.addmm(bias, hidden, kernel))
    kernel, bias = layers[-1]
    pixels = torch.sigmoid(torch.addmm(bias, hidden, kernel))
    divergence = -0.5 * torch.mean(1 + log_variance - mean**2 - torch.exp(log_variance))
    return torch.nn.functional.mse_loss(pixels, x) + divergence


CONTENDERS = contenders(loss_of)
