"""What hand-written native code is to a benchmark: something that trains, and can be evaluated."""

import dataclasses
from collections.abc import Callable

import numpy as np


@dataclasses.dataclass(frozen=True)
class Native:
    """A model in training.

    Args:
        train: takes the steps `start` to `stop`, and returns the loss of each.
        loss_on: the loss of the present weights on a batch of images and labels.
    """

    train: Callable[[int, int], np.ndarray]
    loss_on: Callable[[np.ndarray, np.ndarray], float]

    def __call__(self, start: int, stop: int) -> np.ndarray:
        return self.train(start, stop)

    def mean_loss(self, x: np.ndarray, y: np.ndarray, batch_size: int) -> float:
        """The mean loss over data, batch by batch, as people write it."""
        starts = range(0, len(x), batch_size)
        batches = [
            (x[start : start + batch_size], y[start : start + batch_size]) for start in starts
        ]
        losses = [self.loss_on(*batch) for batch in batches]
        return float(np.average(losses, weights=[len(batch[0]) for batch in batches]))
