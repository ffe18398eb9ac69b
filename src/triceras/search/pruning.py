"""What a job of a search tells its study after each epoch, and asks of it."""

import math
from pathlib import Path
from typing import Any

import keras
import optuna
from optuna.trial import TrialState

from triceras.config import build
from triceras.errors import DivergedError, UserError
from triceras.runs.monitor import monitored, unknown_metric
from triceras.runs.stop import Stop
from triceras.search.storage import open_storage, read_search, url_of


class Pruning(keras.callbacks.Callback):
    """Reports the metric of a search after each epoch, and stops a run that it gives up.

    A run that diverges fails at once. One whose trial is over, as it goes on after that, is left
    alone.

    Args:
        folder: of the sweep.
        trial: number of the trial.
        monitor: the metric.
        stop: what the run looks at.
    """

    def __init__(self, folder: Path, trial: int, monitor: str, stop: Stop):
        super().__init__()
        self.monitor, self.stop = monitor, stop
        search = read_search(folder)
        self.storage = open_storage(url_of(search["storage"], folder), skip_table_creation=True)
        self.pruner: Any = None
        if search["pruner"]:
            self.pruner = build("hydra.sweeper.pruner", search["pruner"])
        name = search["study_name"]
        self.study = optuna.load_study(study_name=name, storage=self.storage)
        study = self.storage.get_study_id_from_name(name)
        self.trial = self.storage.get_trial_id_from_study_id_trial_number(study, trial)

    def get_state(self) -> dict[str, Any]:
        """Nothing: the study remembers what it was told."""
        return {}

    def set_state(self, state: dict[str, Any]) -> None:
        """Nothing."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs = logs or {}
        name = monitored(logs, self.monitor)
        if name is None:
            raise UserError(unknown_metric("monitor", self.monitor, logs))
        value = float(logs[name])
        if not math.isfinite(value):
            raise DivergedError(f"diverged: {name} is {value} after epoch {epoch + 1}")
        if self.storage.get_trial(self.trial).state != TrialState.RUNNING:
            return
        self.storage.set_trial_intermediate_value(self.trial, epoch, value)
        last = epoch + 1 >= (self.params or {}).get("epochs", math.inf)
        if self.pruner is None or last or self.model.stop_training:
            return
        if self.pruner.prune(self.study, self.storage.get_trial(self.trial)):
            self.stop.prune(f"{name} = {value:.5g} after epoch {epoch + 1}")
