"""Adam in PyTorch, with the settings of our model's."""

import math
from typing import Any

import torch


def rate_after(settings: dict[str, Any], steps: int) -> float:
    """The learning rate after so many steps."""
    if not settings["decay_steps"]:
        return settings["learning_rate"]
    done = min(steps / settings["decay_steps"], 1.0)
    alpha = settings["alpha"]
    factor = alpha + (1 - alpha) * 0.5 * (1 + math.cos(math.pi * done))
    return settings["learning_rate"] * factor


def optimizer_of(settings: dict[str, Any], own: list[Any]) -> tuple[Any, Any]:
    """A fused Adam with the settings of one of our model's, and what lets its rate fall."""
    kind = torch.optim.AdamW if settings["weight_decay"] else torch.optim.Adam
    optimizer = kind(
        own,
        settings["learning_rate"],
        (settings["beta_1"], settings["beta_2"]),
        settings["epsilon"],
        settings["weight_decay"],
        fused=True,
    )
    if not settings["decay_steps"]:
        return optimizer, None
    factor = settings["learning_rate"]
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda steps: rate_after(settings, steps) / factor
    )
    return optimizer, schedule


def adam(settings: Any, t: Any, weights: Any, means: Any, squares: Any, gradients: Any) -> Any:
    """What Adam makes of weights, means and squares in step `t`, which counts from 1."""
    rate, beta_1, beta_2, epsilon, weight_decay = (
        settings[name] for name in ("learning_rate", "beta_1", "beta_2", "epsilon", "weight_decay")
    )
    step_size = rate * torch.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    kept = 1 - rate * weight_decay
    means = [m + (g - m) * (1 - beta_1) for m, g in zip(means, gradients, strict=True)]
    squares = [s + (g * g - s) * (1 - beta_2) for s, g in zip(squares, gradients, strict=True)]
    weights = [
        (w * kept if weight_decay else w) - step_size * m / (torch.sqrt(s) + epsilon)
        for w, m, s in zip(weights, means, squares, strict=True)
    ]
    return weights, means, squares
