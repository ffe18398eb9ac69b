"""What a loop of ours does in the midst of Keras's `fit`."""

from typing import Any

import keras
import numpy as np

from triceras.loops.job import Job
from triceras.loops.scheduled_batches import ScheduledBatches
from triceras.loops.step_loss import STEP_LOSS, StepLoss


class FollowEpochs(keras.callbacks.Callback):
    """Tells the batches which epoch it is.

    Their own `on_epoch_end` cannot count: `fit` also calls it after a look at the first batch.
    """

    def __init__(self, batches: ScheduledBatches):
        super().__init__()
        self.batches = batches

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.batches.epoch = epoch


class RecordSteps(keras.callbacks.Callback):
    """Tells the recorder of each step, and stops after the last one."""

    def __init__(self, job: Job, step_loss: StepLoss):
        super().__init__()
        self.job = job
        self.step_loss = step_loss

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        logs = {name: np.array([float(value)]) for name, value in logs.items()}
        losses = self.step_loss.of(logs)
        logs.pop(STEP_LOSS, None)
        self.job.recorder.record(losses, logs)
        if self.job.recorder.step >= self.job.schedule.total_steps:
            self.model.stop_training = True


class SaveWithinEpochs(keras.callbacks.Callback):
    """Saves the run after a step, where that is due, and has the next one begin: it is the last.

    Whether Keras makes a batch before it says that one begins depends on the backend.
    """

    def __init__(self, job: Job, batches: ScheduledBatches):
        super().__init__()
        self.job = job
        self.batches = batches

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        taken = self.batches.first + batch + 1
        if self.job.checkpoints.due(self.batches.epoch, taken):
            self.job.checkpoints.save_within(self.batches.epoch, taken)
        self.job.recorder.begin()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.job.recorder.begin()
