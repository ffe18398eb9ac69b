"""The custom loop: hands an engine many steps at a time, with Keras's own callbacks."""

from typing import Any

import keras

from triceras.data.dataset import Split
from triceras.engines import engine_class
from triceras.engines.contract import Data
from triceras.engines.host_data import HostData
from triceras.engines.metric_results import metric_results
from triceras.errors import UserError
from triceras.loops.averages import averaged_at_the_end
from triceras.loops.job import Job
from triceras.settings import check_whole

Callback = keras.callbacks.Callback


class CustomLoop:
    """Trains with an engine of ours.

    Args:
        job: what to train.
        steps_per_call: how many steps run inside one compiled program. Callbacks see a batch
            begin and end once for each such program.
        device_data_mb: the largest data set that is kept on the device, in MiB; the rows of a
            larger one are copied there as they are needed.

    Raises:
        UserError: one of these is not an allowed number.
    """

    def __init__(self, job: Job, steps_per_call: int = 100, device_data_mb: float = 2048):
        check_whole("loop.steps_per_call", steps_per_call)
        if not isinstance(device_data_mb, int | float) or not device_data_mb >= 0:
            fault = "below 0" if isinstance(device_data_mb, int | float) else "no number"
            raise UserError(f"loop.device_data_mb={device_data_mb} is {fault}: give MiB, or 0")
        self.job = job
        schedule = job.schedule
        self.engine = engine_class()(
            job.model,
            job.batch,
            compile=job.compile,
            steps_per_call=min(steps_per_call, schedule.total_steps),
            planned_steps=job.planned_steps,
            device_data_mb=device_data_mb,
        )

    def train(self) -> keras.callbacks.History:
        """Trains, validating after each epoch; returns Keras's `History`."""
        job, engine, schedule = self.job, self.engine, self.job.schedule
        train, validation = job.data.train, job.data.validation
        engine.try_first_batch(train.x[: schedule.batch_size], train.y[: schedule.batch_size])
        train_data = engine.place(train.x, train.y)
        validation_data = engine.place(validation.x, validation.y) if validation else None
        callbacks = keras.callbacks.CallbackList(
            job.callbacks,
            add_history=True,
            add_progbar=job.progress_bar,
            model=job.model,
            verbose=1 if job.progress_bar else 0,
            epochs=schedule.epochs,
            steps=schedule.steps_per_epoch,
        )
        job.model.stop_training = False
        callbacks.on_train_begin()
        logs: dict[str, float] = {}
        with averaged_at_the_end(job.model):
            for epoch in job.epochs_to_come:
                job.model.reset_metrics()
                callbacks.on_epoch_begin(epoch)
                engine.load_state()
                logs = self.train_epoch(train_data, epoch, callbacks)
                if validation_data is not None:
                    results = engine.evaluate(validation_data, job.evaluation_batch_size)
                    logs |= {f"val_{name}": value for name, value in results.items()}
                engine.save_state()
                callbacks.on_epoch_end(epoch, logs)
                if job.model.stop_training:
                    break
        callbacks.on_train_end(logs)
        return job.model.history

    def train_epoch(self, data: Data | HostData, epoch: int, callbacks: Any) -> dict[str, float]:
        job, engine = self.job, self.engine
        shares_model = any(reads_batches(callback) for callback in callbacks.callbacks)
        logs: dict[str, float] = {}
        first, steps = job.first_step_in(epoch), job.schedule.steps_in(epoch)
        if first >= steps:
            # All steps were taken before the run was resumed; only the epoch's end is left.
            logs = as_numbers(metric_results(job.model))
        starts = range(first, steps, engine.steps_per_call)
        chunks = (
            job.schedule.chunk(epoch, k, min(k + engine.steps_per_call, steps)) for k in starts
        )
        job.recorder.begin()
        for start, (on_device, chunk) in zip(starts, engine.feed(data, chunks), strict=False):
            stop = start + len(chunk)
            callbacks.on_train_batch_begin(start)
            losses, metrics = engine.train_steps(on_device, chunk)
            job.recorder.record(losses, metrics)
            logs = {name: float(value[-1]) for name, value in metrics.items()}
            if shares_model:
                engine.save_state()
            callbacks.on_train_batch_end(stop - 1, logs)
            if shares_model:
                engine.load_state()
            if job.checkpoints.due(epoch, stop):
                engine.save_state()
                job.checkpoints.save_within(epoch, stop)
                engine.load_state()
            if job.model.stop_training:
                break
            job.recorder.begin()
        return logs

    def evaluate(self, split: Split) -> dict[str, float]:
        """The loss and all metrics on a data set; changes nothing."""
        self.engine.load_state()
        data = self.engine.place(split.x, split.y)
        results = self.engine.evaluate(data, self.job.evaluation_batch_size)
        self.engine.save_state()
        return results


def as_numbers(logs: dict[str, Any]) -> dict[str, float]:
    """Metrics as Python's numbers."""
    return {name: float(keras.ops.convert_to_numpy(value)) for name, value in logs.items()}


def reads_batches(callback: Callback) -> bool:
    """Whether a callback does something after batches, for which it may want the weights."""
    own = (keras.callbacks.ProgbarLogger, keras.callbacks.History)
    hooks = (type(callback).on_train_batch_end, type(callback).on_batch_end)
    defaults = (Callback.on_train_batch_end, Callback.on_batch_end)
    return hooks != defaults and not isinstance(callback, own)
