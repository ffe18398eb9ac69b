"""The loop of Keras's own `fit`, with the same data, callbacks and records as the custom one."""

import types
from typing import Any

import keras
import numpy as np

from triceras import engines
from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Split
from triceras.engines.base import keep, other_variables, restore
from triceras.engines.objective import objectives_of
from triceras.errors import UserError
from triceras.loops.job import Job
from triceras.loops.schedule import Schedule

STEP_LOSS = "step_loss"


class FitLoop:
    """Trains with `model.fit`.

    Args:
        job: what to train.
        custom_step: replace `model.train_step` with the engine's, the one to be changed.

    Raises:
        UserError: the model has several objectives, which `fit` cannot train.
    """

    def __init__(self, job: Job, custom_step: bool = False):
        self.job = job
        model = job.model
        if callable(getattr(model, "objectives", None)):
            raise UserError(
                f"{type(model).__name__} has several objectives, which fit cannot train: "
                "use loop=custom"
            )
        if custom_step:
            model.train_step = types.MethodType(engines.module().train_step, model)
        model.run_eagerly = not job.compile
        show_step_loss(model)

    def train(self) -> keras.callbacks.History:
        """Trains, validating after each epoch; returns Keras's `History`."""
        job = self.job
        batches = ScheduledBatches(job.data.train, job.schedule, job.batch)
        return job.model.fit(
            batches,
            epochs=job.schedule.epochs,
            shuffle=False,
            verbose=1 if job.progress_bar else 0,
            callbacks=[FollowEpochs(batches), RecordSteps(job), Validate(self), *job.callbacks],
        )

    def evaluate(self, split: Split) -> dict[str, float]:
        """The loss and all metrics on a data set; changes nothing."""
        model = self.job.model
        inputs, targets = self.job.batch.for_testing(split.x, split.y)
        kept = keep(other_variables(model, objectives_of(model)))
        results = model.evaluate(
            inputs,
            targets,
            batch_size=self.job.evaluation_batch_size,
            verbose=0,
            return_dict=True,
        )
        restore(kept)
        return {name: float(value) for name, value in results.items() if name != STEP_LOSS}


class ScheduledBatches(keras.utils.PyDataset):
    """The batches of a schedule, prepared on the host, in the form that `fit` takes."""

    def __init__(self, split: Split, schedule: Schedule, batch: BatchPreparation, **kwargs: Any):
        super().__init__(**kwargs)
        self.split = split
        self.schedule = schedule
        self.batch = batch
        self.epoch = 0

    @property
    def num_batches(self) -> int:
        return self.schedule.steps_per_epoch

    def __getitem__(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        chunk = self.schedule.chunk(self.epoch, step, step + 1)
        rows = chunk.indices[0]
        x, y = self.split.x[rows], self.split.y[rows]
        return self.batch.for_training(x, y, chunk.keys[0], np)


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

    def __init__(self, job: Job):
        super().__init__()
        self.job = job

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.job.recorder.begin()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        logs = {name: np.array([float(value)]) for name, value in logs.items()}
        losses = {"loss": logs.pop(STEP_LOSS)}
        self.job.recorder.record(losses, logs)
        if self.job.recorder.step >= self.job.schedule.total_steps:
            self.model.stop_training = True


class Validate(keras.callbacks.Callback):
    """Adds validation results to the epoch's logs, and leaves the random counters alone."""

    def __init__(self, loop: FitLoop):
        super().__init__()
        self.loop = loop

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs.pop(STEP_LOSS)
        if self.loop.job.data.validation:
            results = self.loop.evaluate(self.loop.job.data.validation)
            logs |= {f"val_{name}": value for name, value in results.items()}


class LastValue(keras.metrics.Metric):
    """The value of the last update: `fit` shows only means since the epoch began."""

    def __init__(self, name: str):
        super().__init__(name=name)
        self.value = self.add_variable(shape=(), initializer="zeros", name="value")

    def update_state(self, value: Any) -> None:
        self.value.assign(value)

    def result(self) -> Any:
        return self.value.value


def show_step_loss(model: keras.Model) -> None:
    """Makes `fit` report each step's own loss beside the running mean."""
    metric = LastValue(STEP_LOSS)
    compute_loss = model.compute_loss

    def compute_and_show_loss(*args: Any, **kwargs: Any) -> Any:
        loss = compute_loss(*args, **kwargs)
        metric.update_state(loss)
        return loss

    # Tracking is closed once a model is built; the metric must still be carried by JAX's step.
    model._metrics.append(metric)
    model.compute_loss = compute_and_show_loss
