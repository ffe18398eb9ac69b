"""Hands every step's losses to whoever keeps them, and stops at the first that is not finite."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from triceras.errors import DivergedError
from triceras.loops.background import Background
from triceras.together.turns import clock, has_built

Sink = Callable[[int, Mapping[str, np.ndarray]], Any]


class NonFiniteLossError(DivergedError):
    """A loss was NaN or infinite."""


class Recorder:
    """Records the losses of consecutive steps, and how long they took.

    Args:
        sinks: called with the number of the first step and a dictionary of arrays `(steps,)`:
            `loss` of each step, and where there are several objectives, each one's and as `loss`
            their sum, and `running_<metric>`, a metric's mean since the epoch began.
        step: how many steps were taken before.
    """

    def __init__(self, sinks: Sequence[Sink], step: int = 0):
        self.sinks = sinks
        self.step = step
        self.began = 0.0
        self.calls: list[tuple[int, float]] = []
        # Those that include compiling: the first one, and of several seeds others.
        self.compiling = {0}
        self.background: Background | None = None

    def begin(self) -> None:
        """Says that steps begin, from when on they are timed."""
        has_built()  # of what came before
        self.began = clock()

    def record(self, losses: Mapping[str, Any], metrics: Mapping[str, Any]) -> None:
        """Records the steps that were taken since `begin`.

        Args:
            losses: arrays `(steps,)`, the loss of each objective; empty where it is not known, and
                the running mean is looked at in its place.
            metrics: arrays `(steps,)`, running metrics.

        Raises:
            NonFiniteLossError: a loss is not finite; the steps before it are recorded.
        """
        # By their names, as those of an epoch are; a program may give them in any order.
        losses, metrics = dict(sorted(losses.items())), dict(sorted(metrics.items()))
        arrays = {name: np.asarray(value) for name, value in losses.items()}
        if arrays and "loss" not in arrays:
            arrays = {"loss": sum(arrays.values()), **arrays}
        losses = losses or {name: metrics[name] for name in metrics if name == "loss"} or metrics
        finite = np.all([np.isfinite(value) for value in losses.values()], axis=0)
        now = clock()
        if has_built():
            self.compiling.add(len(self.calls))
        self.calls.append((len(finite), now - self.began))
        # Whoever does not say that steps begin goes on at once, and recording is a part of it.
        self.began = now
        for name, value in metrics.items():
            if name not in arrays:
                arrays[f"running_{name}"] = np.asarray(value)
        good = len(finite) if finite.all() else int(np.argmin(finite))
        if good:
            kept = {name: value[:good] for name, value in arrays.items()}
            if self.background is None:
                self.tell(self.step, kept)
            else:
                self.background.run(self.tell, self.step, kept)
        self.step += good
        if good < len(finite):
            values = ", ".join(f"{name}={losses[name][good]}" for name in losses)
            raise NonFiniteLossError(
                f"the loss is not finite at step {self.step} ({values}): lower "
                "optimizer.learning_rate, set optimizer.clipnorm=1, or look at the data; the last "
                "good checkpoint is kept"
            )

    def tell(self, step: int, values: Mapping[str, np.ndarray]) -> None:
        """Tells all sinks of steps."""
        for sink in self.sinks:
            sink(step, values)

    @contextlib.contextmanager
    def in_background(self) -> Iterator[Background]:
        """Tells the sinks meanwhile in a thread, which has told all when this ends."""
        with Background() as background:
            self.background = background
            try:
                yield background
            finally:
                self.background = None

    def wait(self) -> None:
        """Waits until the sinks have been told of all steps."""
        if self.background is not None:
            self.background.wait()

    @property
    def steps_per_second(self) -> float | None:
        """Speed without the calls that include compiling; `None` if there are no others."""
        others = [call for i, call in enumerate(self.calls) if i not in self.compiling]
        steps = sum(count for count, _ in others)
        return steps / sum(seconds for _, seconds in others) if steps else None

    @property
    def seconds(self) -> float:
        """Time spent in steps, compiling included."""
        return sum(seconds for _, seconds in self.calls)

    @property
    def compile_seconds(self) -> float | None:
        """By how much the calls that include compiling were longer than their steps explain."""
        speed = self.steps_per_second
        if speed is None:
            return None
        slow = [self.calls[i] for i in self.compiling]
        return sum(max(0.0, seconds - steps / speed) for steps, seconds in slow)
