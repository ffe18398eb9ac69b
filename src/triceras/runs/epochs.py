"""Tells the trackers, and where there is no progress bar the person, of each epoch."""

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras

from triceras.loops.recorder import Recorder
from triceras.together.turns import clock
from triceras.tracking.tracker import Tracker

log = logging.getLogger(__name__)


class RecordEpochs(keras.callbacks.Callback):
    """Hands each epoch's results on. It comes before callbacks that read the files of the run.

    Args:
        recorder: knows how many steps were taken.
        trackers: who is told.
        show: print a line for each epoch.
        check: called with the model before its first step, when it has its metrics.
    """

    def __init__(
        self,
        recorder: Recorder,
        trackers: Sequence[Tracker],
        show: bool,
        check: Callable[[keras.Model], None] = lambda model: None,
    ):
        super().__init__()
        self.check = check
        self.recorder = recorder
        self.trackers = trackers
        self.show = show
        self.began = 0.0
        self.named: set[str] = set()

    def get_state(self) -> dict[str, Any]:
        """Nothing: when an epoch began means nothing in the process that goes on with it."""
        return {}

    def set_state(self, state: dict[str, Any]) -> None:
        """Nothing."""

    def on_train_begin(self, logs: Any = None) -> None:
        self.check(self.model)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.began = clock()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        metrics = {name: float(value) for name, value in (logs or {}).items()}
        self.name_no_numbers(epoch, metrics)
        for tracker in self.trackers:
            tracker.log_epoch(epoch, self.recorder.step, metrics)
        values = "  ".join(f"{name} {value:.5g}" for name, value in metrics.items())
        seconds = clock() - self.began
        epochs = (self.params or {}).get("epochs")
        line = f"epoch {epoch + 1}/{epochs}  {values}  ({seconds:.1f} s)"
        log.info(line)
        if self.show:
            print(line, flush=True)

    def name_no_numbers(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """Says once of each metric that it is NaN or infinite."""
        found = {name: value for name, value in metrics.items() if not math.isfinite(value)}
        new = ", ".join(f"{name} is {found[name]}" for name in found if name not in self.named)
        self.named |= set(found)
        if new:
            log.warning(f"no number in epoch {epoch + 1}: {new}")
