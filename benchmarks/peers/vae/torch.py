"""The autoencoder of `experiment=vae` in PyTorch."""

from typing import Any

import torch

from benchmarks.loops.torch import contenders


def loss_of(weights: list[Any], x: Any, y: Any, draw: Any) -> Any:
    """Minus the ELBO of freshly drawn binary images, in nats per image."""
    layers = list(zip(weights[::2], weights[1::2], strict=True))
    depth = (len(layers) - 3) // 2
    x = (draw.uniform(x.shape) < x).to(x.dtype)
    hidden = x
    for kernel, bias in layers[:depth]:
        hidden = torch.tanh(torch.addmm(bias, hidden, kernel))
    mean, log_variance = (torch.addmm(b, hidden, k) for k, b in layers[depth : depth + 2])
    hidden = mean + torch.exp(0.5 * log_variance) * draw.normal(mean.shape)
    for kernel, bias in layers[depth + 2 : -1]:
        hidden = torch.tanh(torch.addmm(bias, hidden, kernel))
    kernel, bias = layers[-1]
    logits = torch.addmm(bias, hidden, kernel)
    reconstruction = torch.sum(torch.nn.functional.softplus(logits) - x * logits, dim=-1)
    divergence = -0.5 * torch.sum(1 + log_variance - mean**2 - torch.exp(log_variance), dim=-1)
    return torch.mean(reconstruction + divergence)


CONTENDERS = contenders(loss_of)
