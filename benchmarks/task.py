"""What hand-written code trains, whatever the framework."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from triceras.benchmark.inputs import name_of_draw

Weights = list[Any]


@dataclasses.dataclass(frozen=True)
class Objective:
    """A loss, and what it trains.

    Args:
        loss: `(weights, averages, x, y, draw) -> (loss, averages)`; of all weights, the moving
            averages, a batch and the random numbers of a step.
        trains: which of the weights its optimizer moves.
    """

    loss: Callable[..., tuple[Any, list[Any]]]
    trains: slice = dataclasses.field(default_factory=lambda: slice(None))


@dataclasses.dataclass(frozen=True)
class Task:
    """What a step does.

    Args:
        objectives: one after the other; each sees what the ones before it have changed.
        averages: the moving averages that it begins with, of the weights.
        layout: lays weights out as the code wants them; they come as Keras has them.
    """

    objectives: Sequence[Objective]
    averages: Callable[[Sequence[np.ndarray]], list[np.ndarray]] = lambda weights: []
    layout: Callable[[list[np.ndarray]], list[Any]] = lambda weights: weights


def minimize(loss_of: Callable[..., Any], **options: Any) -> Task:
    """One loss, `loss_of(weights, x, y, draw) -> scalar`, of all weights and no averages."""

    def loss(weights: Weights, averages: list[Any], x: Any, y: Any, draw: Any) -> Any:
        return loss_of(weights, x, y, draw), averages

    return Task([Objective(loss)], **options)


def replaced(weights: Weights, trains: slice, own: Weights) -> Weights:
    """All weights, with others in the place of those that an objective trains."""
    result = list(weights)
    result[trains] = own
    return result


class Feed:
    """The random numbers of a step that a check feeds in, in the order in which they are drawn."""

    def __init__(self, fed: dict[str, Any]):
        self.fed = fed
        self.drawn: dict[str, int] = {}

    def next(self, kind: str) -> Any:
        """The next numbers of a kind, see `triceras.benchmark.inputs.Inputs`, or `None`."""
        before = self.drawn.get(kind, 0)
        self.drawn[kind] = before + 1
        return self.fed[name_of_draw(kind, before)] if self.fed else None
