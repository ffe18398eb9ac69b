"""What a step draws in PyTorch."""

from typing import Any

import torch

from benchmarks.task import Feed


class Draw:
    """The random numbers of one step: PyTorch's own, or those that a check feeds in."""

    def __init__(self, fed: dict[str, Any], device: str, training: bool = True):
        self.training = training
        self.feed = Feed(fed)
        self.device = device

    def normal(self, shape: tuple[int, ...]) -> Any:
        fed = self.feed.next("normal")
        return torch.randn(shape, device=self.device) if fed is None else fed

    def uniform(self, shape: tuple[int, ...]) -> Any:
        fed = self.feed.next("uniform")
        return torch.rand(shape, device=self.device) if fed is None else fed

    def dropout(self, x: Any, rate: float) -> Any:
        if not self.training:
            return x
        fed = self.feed.next("dropout")
        if fed is None:
            return torch.nn.functional.dropout(x, rate)
        # Pictures have their channels first here.
        return x * (fed.movedim(-1, 1) if fed.ndim == 4 else fed)
