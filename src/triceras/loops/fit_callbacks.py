"""What a loop of ours does in the midst of Keras's `fit`."""

from typing import Any

import keras
import numpy as np

from triceras.loops.following import FollowedCallbacks
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
        taken = batch + 1
        if self.job.checkpoints.due(self.batches.epoch, taken):
            self.job.checkpoints.save_within(self.batches.epoch, taken)
        self.job.recorder.begin()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.job.recorder.begin()


class OneTraining(FollowedCallbacks):
    """Callbacks that see several calls of `fit` as one training.

    Args:
        batches: know with which of an epoch a `fit` begins, which itself counts from 0.
        *arguments: of `FollowedCallbacks`.
        **options: likewise.
    """

    begun = False

    def __init__(self, batches: ScheduledBatches, *arguments: Any, **options: Any):
        super().__init__(*arguments, **options)
        self.batches = batches

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        super().on_train_batch_begin(self.batches.first + batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        super().on_train_batch_end(self.batches.first + batch, logs)

    def on_train_begin(self, logs: Any = None) -> None:
        if not self.begun:
            super().on_train_begin(logs)
        self.begun = True

    def on_train_end(self, logs: Any = None) -> None:
        self.last_logs = logs

    def end(self) -> None:
        """Ends the training."""
        super().on_train_end(self.last_logs)
