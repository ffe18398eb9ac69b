"""Checkpoints: the model with its weights, optimizer and random counters in one `.keras` file."""

import logging
import math
from pathlib import Path
from typing import Any

import keras

from triceras.errors import UserError
from triceras.runs.folder import replacing
from triceras.runs.monitor import monitored

log = logging.getLogger(__name__)


def save(model: keras.Model, path: Path) -> None:
    """Saves a model whole or not at all.

    Raises:
        UserError: the disk did not take it; the previous file is untouched.
    """
    try:
        with replacing(path) as temporary:
            model.save(temporary)
    except OSError as error:
        raise UserError(
            f"cannot save the checkpoint {path}: {error.strerror or error}; the last good one is "
            "untouched; free some space and start again"
        ) from error


def load(path: Path) -> keras.Model:
    """Loads a model that `save` wrote.

    Raises:
        UserError: the file is missing or damaged.
    """
    if not path.is_file():
        raise UserError(f"there is no checkpoint {path}")
    try:
        return keras.saving.load_model(path)
    except Exception as error:
        raise UserError(f"the checkpoint {path} cannot be read: {str(error)[:200]!r}") from error


class Checkpoints(keras.callbacks.Callback):
    """Saves `last` every so many epochs, and `best` where the monitored metric improves.

    Args:
        folder: where `last.keras` and `best.keras` go.
        monitor: name of a metric in the epoch's logs, for example `val_loss`; without validation
            data, the same name without `val_` is watched.
        mode: `"min"` or `"max"`.
        every: epochs between two `last`; the last epoch is saved in any case.

    Raises:
        UserError: no such metric, or no such mode.
    """

    def __init__(
        self, folder: str | Path, monitor: str = "val_loss", mode: str = "min", every: int = 1
    ):
        super().__init__()
        if mode not in ("min", "max"):
            raise UserError(f"callback.checkpoints.mode={mode} is unknown: use min or max")
        self.folder = Path(folder)
        self.monitor = monitor
        self.mode = mode
        self.every = every
        self.best = math.inf
        self.saved_epoch = -1
        self.epoch = 0

    def on_train_begin(self, logs: Any = None) -> None:
        save(self.model, self.folder / "last.keras")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch
        if (epoch + 1) % self.every == 0:
            self.save_last()
        value = self.loss_to_beat(logs or {})
        if value < self.best:
            self.best = value
            save(self.model, self.folder / "best.keras")

    def on_train_end(self, logs: Any = None) -> None:
        if self.saved_epoch != self.epoch:
            self.save_last()

    def save_last(self) -> None:
        save(self.model, self.folder / "last.keras")
        self.saved_epoch = self.epoch

    def loss_to_beat(self, logs: dict[str, Any]) -> float:
        name = monitored(logs, self.monitor)
        if name is None:
            raise UserError(
                f"monitor={self.monitor} is not among the metrics of this model: use one of "
                f"{', '.join(sorted(logs))}"
            )
        return float(logs[name]) * (1 if self.mode == "min" else -1)
