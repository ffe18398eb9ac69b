"""The hypernetwork of `experiment=guide/hypernetwork` in PyTorch."""

from typing import Any

import torch

from benchmarks.loops.torch import contenders

CLASSES = 10


def loss_of(weights: list[Any], x: Any, y: Any, draw: Any) -> Any:
    """Cross-entropy of classifiers, one for each image, whose weights are generated."""
    *hidden_layers, (kernel, bias) = zip(weights[::2], weights[1::2], strict=True)
    features = x
    for hidden_kernel, hidden_bias in hidden_layers:
        features = torch.relu(torch.addmm(hidden_bias, features, hidden_kernel))
    generated = torch.sigmoid(torch.addmm(bias, features, kernel))
    batch, pixels = x.shape
    # All generated numbers: units * pixels + units + CLASSES * units + CLASSES.
    units = (generated.shape[1] - CLASSES) // (pixels + 1 + CLASSES)
    sizes = [pixels * units, units, CLASSES * units, CLASSES]
    w0, b0, w1, b1 = torch.split(generated, sizes, dim=1)
    w0, w1 = w0.view(batch, pixels, units), w1.view(batch, units, CLASSES)
    hidden = torch.relu(torch.bmm(x[:, None], w0)[:, 0] + b0)
    logits = torch.bmm(hidden[:, None], w1)[:, 0] + b1
    return torch.nn.functional.cross_entropy(logits, y)


CONTENDERS = contenders(loss_of)
