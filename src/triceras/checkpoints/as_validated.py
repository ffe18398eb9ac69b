"""The best model as it was validated, whatever callbacks make of it at the end of the epoch."""

from typing import Any

import keras

from triceras.checkpoints.checkpoints import Checkpoints
from triceras.runs.monitor import monitored


class AsValidated(keras.callbacks.Callback):
    """Looks at the metrics of an epoch before other callbacks act on them.

    What is monitored may come from one of these: then the model is kept as they leave it.

    Args:
        checkpoints: of the run.
    """

    def __init__(self, checkpoints: Checkpoints):
        super().__init__()
        self.checkpoints = checkpoints

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs = logs or {}
        if monitored(logs, self.checkpoints.monitor) is not None:
            self.checkpoints.note_better(epoch, self.checkpoints.loss_to_beat(logs))
