"""The custom loop: hands an engine many steps at a time, with Keras's own callbacks."""

import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Any

import keras

from triceras.data.augment_checks import check_augmentations
from triceras.data.dataset import Split
from triceras.engines import Engine, engine_class
from triceras.engines.chunk import Chunk
from triceras.engines.contract import Data
from triceras.engines.host_data import HostData
from triceras.engines.host_draws import beside_readers
from triceras.engines.metric_results import metric_results
from triceras.engines.own_steps import ALL, check_own_steps
from triceras.engines.state import keep, restore
from triceras.engines.step import Step
from triceras.errors import UserError
from triceras.loops.averages import averaged_at_the_end
from triceras.loops.following import FollowedCallbacks
from triceras.loops.hooks import TEST, any_does, wants_model, wants_steps, wants_tests
from triceras.loops.job import Job
from triceras.loops.validated import Validated
from triceras.modelling.layer_table import noting_shapes
from triceras.settings import check_whole

log = logging.getLogger(__name__)


class CustomLoop:
    """Trains with an engine of ours.

    Args:
        job: what to train.
        steps_per_call: how many steps run inside one compiled program. Where a callback does
            something before or after each batch, it is one; a callback with `sees_chunks = True`
            sees a batch begin and end once for each program.
        device_data_mb: the largest data set that is kept on the device, in MiB; the rows of a
            larger one are copied there as they are needed.
        step: which gradients the optimizer is given, on every backend; see
            `triceras.engines.step`.
        engine: makes the engine, of the same arguments, in the place of the backend's own.

    Raises:
        UserError: one of these is not an allowed number, or the model has a step of its own.
    """

    def __init__(
        self,
        job: Job,
        steps_per_call: int = 100,
        device_data_mb: float = 2048,
        step: Step | None = None,
        engine: Callable[..., Engine] | None = None,
    ):
        check_whole("loop.steps_per_call", steps_per_call)
        if not isinstance(device_data_mb, int | float) or not device_data_mb >= 0:
            fault = "below 0" if isinstance(device_data_mb, int | float) else "no number"
            raise UserError(f"loop.device_data_mb={device_data_mb} is {fault}: give MiB, or 0")
        if step is not None and not callable(step):
            raise UserError(
                f"loop.step={step} is no step: give null, or the _target_ of one, as in "
                "loop=sharpness_aware"
            )
        check_own_steps(job.model, ALL, "custom")
        self.job = job
        schedule = job.schedule
        wanting = [type(callback).__name__ for callback in job.callbacks if wants_steps(callback)]
        if wanting and steps_per_call > 1:
            log.warning(
                "%s does something at every batch: steps run one by one, slower; with "
                "sees_chunks = True in its class it is called once every loop.steps_per_call steps",
                ", ".join(wanting),
            )
            steps_per_call = 1
        self.handed_over = True
        self.validated = Validated(job.model, job.callbacks)
        self.engine = (engine or engine_class())(
            job.model,
            job.batch,
            compile=job.compile,
            steps_per_call=min(
                steps_per_call, schedule.total_steps, schedule.order.alike or steps_per_call
            ),
            # Each shape is compiled by itself, and pays by its own steps.
            planned_steps=job.planned_steps // schedule.order.shapes,
            device_data_mb=device_data_mb,
            step=step,
        )
        self.engine.remembered = job.remembered
        self.engine.planned_evaluations = job.planned_steps // schedule.steps_per_epoch

    def train(self) -> keras.callbacks.History:
        """Trains, validating after each epoch; returns Keras's `History`."""
        job, engine, schedule = self.job, self.engine, self.job.schedule
        train, validation = job.data.train, job.data.validation
        check_augmentations(job.batch, train, schedule.batch_size)
        with noting_shapes(job.layer_shapes):
            engine.try_first_batch(train.take(slice(schedule.batch_size), job.batch.parts))
        train.follow(schedule.order, job.batch.parts)
        train_data = engine.place(train)
        if isinstance(train_data, HostData):
            at_once = train_data.steps_at_once(schedule.batch_size, engine.steps_per_call)
            engine.steps_per_call = at_once
        validation_data = engine.place(validation) if validation else None
        callbacks = FollowedCallbacks(
            job.callbacks,
            follow=lambda trained: engine.follow(),
            compiled=engine.compile,
            add_history=True,
            add_progbar=job.progress_bar,
            model=job.model,
            verbose=1 if job.progress_bar else 0,
            epochs=schedule.epochs,
            steps=schedule.steps_per_epoch,
        )
        job.model.stop_training = False
        callbacks.on_train_begin()
        # A resumed run may train other layers than it did when it began.
        engine.follow()
        logs: dict[str, float] = {}
        with (
            averaged_at_the_end(job.model, job.callbacks),
            contextlib.closing(train),
            beside_readers(train),
        ):
            for epoch in job.epochs_to_come:
                job.model.reset_metrics()
                callbacks.on_epoch_begin(epoch)
                self.take_back()
                logs = self.train_epoch(train_data, epoch, callbacks)
                if validation_data is not None:
                    results = self.validate(validation_data, callbacks)
                    logs |= {f"val_{name}": value for name, value in results.items()}
                self.hand_over()
                callbacks.on_epoch_end(epoch, logs)
                if job.model.stop_training:
                    break
            self.validated.end()
        callbacks.on_train_end(logs)
        return job.model.history

    def hand_over(self) -> None:
        """Lets the Keras variables be read and set, by a callback for one."""
        if not self.handed_over:
            self.engine.save_state()
        self.handed_over = True

    def take_back(self) -> None:
        """Lets the engine have what the Keras variables hold now, before a step."""
        if self.handed_over:
            self.engine.load_state()
        self.handed_over = False

    def train_epoch(
        self, data: Data | HostData, epoch: int, callbacks: FollowedCallbacks
    ) -> dict[str, float]:
        job, engine = self.job, self.engine
        shares_model = any(wants_model(callback) for callback in callbacks.callbacks)
        logs: dict[str, float] = {}
        first, steps = job.first_step_in(epoch), job.schedule.steps_in(epoch)
        if first >= steps:
            # All steps were taken before the run was resumed; only the epoch's end is left.
            logs = as_numbers(metric_results(job.model))
        with contextlib.ExitStack() as stack:
            if not shares_model:
                # A callback that looks on after some steps finds them recorded.
                background = stack.enter_context(job.recorder.in_background())
                background.run(job.schedule.prepare, epoch + 1)
            stop = first
            job.recorder.begin()
            for on_device, chunk in engine.feed(data, self.chunks(epoch, first, steps)):
                if not job.recorder.calls:
                    # What came before is no compiling: workers started, to make the first examples.
                    job.recorder.begin()
                start, stop = stop, stop + len(chunk)
                if shares_model:
                    self.hand_over()
                callbacks.on_train_batch_begin(start)
                self.take_back()
                losses, metrics = engine.train_steps(on_device, chunk)
                job.recorder.record(losses, metrics)
                logs = {name: float(value[-1]) for name, value in metrics.items()}
                if shares_model:
                    self.hand_over()
                callbacks.on_train_batch_end(stop - 1, logs)
                due = job.checkpoints.due(epoch, stop)
                if due:
                    self.hand_over()
                    job.recorder.wait()
                    job.checkpoints.save_within(epoch, stop)
                if job.model.stop_training:
                    break
                if shares_model or due:
                    job.recorder.begin()
        return logs

    def chunks(self, epoch: int, first: int, steps: int) -> Iterator[Chunk]:
        """The steps of an epoch that are left, as many at a time as one program takes."""
        schedule = self.job.schedule
        while first < steps:
            # What was stopped before the epoch's first step takes one more, as in `fit`.
            length = 1 if self.job.model.stop_training else self.engine.steps_per_call
            stop = schedule.order.end_of_shape(epoch, first, min(first + length, steps))
            yield schedule.chunk(epoch, first, stop)
            first = stop

    def validate(self, data: Data | HostData, callbacks: FollowedCallbacks) -> dict[str, float]:
        """The loss and all metrics on the validation data, with the hooks that Keras calls."""
        batch_size = self.job.evaluation_batch_size
        if not any_does(callbacks.callbacks, *TEST):
            # What the last hook of training has changed is evaluated, and not lost.
            self.take_back()
            results = self.engine.evaluate(data, batch_size)
            self.hand_over()
            self.validated.note()
            return results
        self.hand_over()
        callbacks.on_test_begin()
        self.take_back()
        sees_batches = wants_tests(callbacks.callbacks)
        tested: list[Any] = []
        told = callbacks if sees_batches else None
        results = self.engine.evaluate(data, batch_size, told, tested)
        self.hand_over()
        self.validated.note()
        before = keep([variable for variable, _ in tested])
        restore(tested)
        callbacks.on_test_end(results)
        restore(before)
        return results

    def evaluate(self, split: Split) -> dict[str, float]:
        """The loss and all metrics on a data set; changes nothing."""
        self.hand_over()
        self.take_back()
        # Once, whatever has been planned of the validation data.
        self.engine.planned_evaluations = 1
        data = self.engine.place(split)
        results = self.engine.evaluate(data, self.job.evaluation_batch_size)
        self.hand_over()
        return results


def as_numbers(logs: dict[str, Any]) -> dict[str, float]:
    """Metrics as Python's numbers."""
    return {name: float(keras.ops.convert_to_numpy(value)) for name, value in logs.items()}
