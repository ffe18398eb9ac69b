"""Hands every step's losses to whoever keeps them, and stops at the first that is not finite."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from triceras.errors import UserError

Sink = Callable[[int, Mapping[str, np.ndarray]], Any]


class NonFiniteLossError(UserError):
    """A loss was NaN or infinite."""


class Recorder:
    """Records the losses of consecutive steps.

    Args:
        sinks: called with the number of the first step and a dictionary of arrays `(steps,)`:
            `loss` of each step, and `running_<metric>`, a metric's mean since the epoch began.
    """

    def __init__(self, sinks: Sequence[Sink]):
        self.sinks = sinks
        self.step = 0
        self.first_steps_done: float | None = None
        self.first_steps = 0

    def record(self, losses: Mapping[str, Any], metrics: Mapping[str, Any]) -> None:
        """Records the next steps.

        Args:
            losses: arrays `(steps,)`, the loss of each objective.
            metrics: arrays `(steps,)`, running metrics.

        Raises:
            NonFiniteLossError: a loss is not finite; the steps before it are recorded.
        """
        arrays = {name: np.asarray(value) for name, value in losses.items()}
        finite = np.all([np.isfinite(value) for value in arrays.values()], axis=0)
        for name, value in metrics.items():
            if name not in arrays:
                arrays[f"running_{name}"] = np.asarray(value)
        good = len(finite) if finite.all() else int(np.argmin(finite))
        if good:
            kept = {name: value[:good] for name, value in arrays.items()}
            for sink in self.sinks:
                sink(self.step, kept)
        self.step += good
        if good < len(finite):
            values = ", ".join(f"{name}={arrays[name][good]}" for name in losses)
            raise NonFiniteLossError(
                f"the loss is not finite at step {self.step} ({values}): lower "
                "optimizer.learning_rate, set optimizer.clipnorm=1, or look at the data"
            )
        if self.first_steps_done is None:
            self.first_steps_done = time.perf_counter()
            self.first_steps = self.step

    def steps_per_second(self) -> float | None:
        """Speed after the first call, which includes compiling; `None` if there was one only."""
        if self.first_steps_done is None or self.step == self.first_steps:
            return None
        return (self.step - self.first_steps) / (time.perf_counter() - self.first_steps_done)
