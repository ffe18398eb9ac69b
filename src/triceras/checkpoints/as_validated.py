"""The best model as it was validated, whatever callbacks make of it when that is over."""

from typing import Any

import keras

from triceras.checkpoints.checkpoints import Checkpoints
from triceras.checkpoints.snapshot import Snapshot

# What the results of a validation are called by in an epoch's logs.
TESTED = "val_"


class AsValidated(keras.callbacks.Callback):
    """Looks at a model and the metrics of an epoch before other callbacks act on them.

    What is monitored may come from one of these: then the model is kept as they leave it. Others
    let a model have other weights while it is tested, such as averages: these are then kept.

    Args:
        checkpoints: of the run.
        tests: whether callbacks act at the end of a test.
    """

    def __init__(self, checkpoints: Checkpoints, tests: bool = False):
        super().__init__()
        self.checkpoints = checkpoints
        self.tests = tests
        self.tested: Snapshot | None = None

    def on_test_end(self, logs: Any = None) -> None:
        logs = {f"{TESTED}{name}": value for name, value in (logs or {}).items()}
        if self.tests and self.checkpoints.is_better(logs):
            self.tested = self.checkpoints.look()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs, tested = logs or {}, self.tested
        self.tested = None
        if logs.get(self.checkpoints.monitor) is not None:
            self.checkpoints.note_better(epoch, self.checkpoints.loss_to_beat(logs), tested)
        elif self.checkpoints.is_better(logs):
            # What stands in where nothing is validated. Another callback may yet add what is
            # monitored, which `Checkpoints` knows.
            self.checkpoints.as_trained = self.checkpoints.look()
