"""The loop of Keras's own `fit`, with the same data, callbacks and records as the custom one."""

import contextlib
import functools
import types
from typing import Any

import keras

from triceras import engines
from triceras.data.augment_checks import check_augmentations
from triceras.data.dataset import Split
from triceras.engines.draws import refusing_strangers
from triceras.engines.grown import grow
from triceras.engines.host_draws import beside_readers
from triceras.engines.metric_results import metric_results
from triceras.engines.objective import objectives_of
from triceras.engines.own_steps import READS_OTHERS, TRAINING, check_own_steps
from triceras.engines.recurrent import prepare_for_fit
from triceras.engines.state import Kept, holds, other_variables, state_variables
from triceras.engines.taken_back import tell_of_taken_back
from triceras.errors import UserError
from triceras.loops.averages import averaged_at_the_end
from triceras.loops.batch_shapes import of_all_shapes
from triceras.loops.custom import as_numbers
from triceras.loops.evaluation_hooks import EvaluationHooks
from triceras.loops.first_batch import telling_reads, try_first_batch
from triceras.loops.fit_callbacks import (
    FollowEpochs,
    OneTraining,
    RecordSteps,
    SaveWithinEpochs,
)
from triceras.loops.hooks import TEST, any_does
from triceras.loops.job import Job
from triceras.loops.scheduled_batches import (
    ScheduledBatches,
    evaluation_data,
    telling_data_errors,
)
from triceras.loops.step_loss import STEP_LOSS, StepLoss
from triceras.loops.training_argument import tell_of_no_training
from triceras.loops.validated import Validated
from triceras.modelling.layer_table import noting_shapes


class FitLoop:
    """Trains with `model.fit`.

    Args:
        job: what to train.
        custom_step: replace `model.train_step` with the engine's, the one to be changed.

    Raises:
        UserError: the model has several objectives, which `fit` cannot train, or a step of its own
            that would be replaced.
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
            check_own_steps(model, TRAINING, "fit_custom_step")
            model.train_step = types.MethodType(engines.fit_step(), model)
        model.run_eagerly = not job.compile
        engines.mend_fit()
        engines.mend_optimizers(model)
        prepare_for_fit(model)
        self.step_loss = StepLoss(model, custom_step)
        self.steps = model.train_step, model.test_step
        self.validated = Validated(model, job.callbacks)
        if not custom_step:
            tell_of_no_training(model)

    def train(self) -> keras.callbacks.History:
        """Trains, validating after each epoch; returns Keras's `History`."""
        job = self.job
        check_augmentations(job.batch, job.data.train, job.schedule.batch_size)
        job.data.train.follow(job.schedule.order, job.batch.parts)
        batches = ScheduledBatches(job.data.train, job.schedule, job.batch)
        trained = job.model.trainable_variables
        with noting_shapes(job.layer_shapes):
            try_first_batch(job.model, batches.prepared(0))
        if len(job.model.trainable_variables) > len(trained):
            # Of a layer that the loss alone calls.
            follow_unfreezing(job.model)
        self.step_loss.begin()
        validate = Validate(self)
        callbacks = OneTraining(
            batches,
            [
                FollowEpochs(batches),
                RecordSteps(job, self.step_loss),
                validate,
                *job.callbacks,
                SaveWithinEpochs(job, batches),
            ],
            follow=self.follow,
            compiled=job.compile,
            add_history=True,
            add_progbar=job.progress_bar,
            model=job.model,
            verbose=1 if job.progress_bar else 0,
            epochs=job.schedule.epochs,
            steps=job.schedule.steps_per_epoch,
        )
        validate.callbacks = callbacks
        job.model.stop_training = False
        epochs = job.epochs_to_come
        first = job.first_step_in(epochs.start)
        with (
            averaged_at_the_end(job.model, job.callbacks),
            contextlib.closing(job.data.train),
            beside_readers(job.data.train),
        ):
            if first and epochs:
                # `fit` knows whole epochs only, so the rest of one is a `fit` of its own.
                self.finish_epoch(epochs.start, first, batches, callbacks)
                epochs = epochs[1:]
            for part in self.parts(epochs):
                if not job.model.stop_training:
                    batches.stop = job.schedule.steps_in(part.start) if part else batches.stop
                    self.fit(batches, part, callbacks)
            self.validated.end()
        callbacks.end()
        return job.model.history

    def parts(self, epochs: range) -> list[range]:
        """Epochs for one `fit` each: an epoch that `max_steps` cuts short is apart.

        `fit` could be stopped in the midst of one. On TensorFlow, the thread that prepares batches
        would then be left waiting, and the process sometimes never end.
        """
        if epochs and self.job.schedule.is_cut(epochs[-1]):
            return [epochs[:-1], epochs[-1:]] if epochs[:-1] else [epochs]
        return [epochs]

    def fit(self, batches: ScheduledBatches, epochs: range, callbacks: OneTraining) -> None:
        """Keras's `fit` over some epochs."""
        with telling_reads(), telling_data_errors(batches):
            self.job.model.fit(
                of_all_shapes(batches),  # pyright: ignore[reportArgumentType]
                initial_epoch=epochs.start,
                epochs=epochs.stop,
                shuffle=False,
                verbose=0,
                callbacks=callbacks,  # pyright: ignore[reportArgumentType]
            )

    def finish_epoch(
        self, epoch: int, first: int, batches: ScheduledBatches, callbacks: OneTraining
    ) -> None:
        """Takes the steps from `first` on of an epoch that began before the run was resumed."""
        batches.first, batches.stop = first, self.job.schedule.steps_in(epoch)
        if first < self.job.schedule.steps_in(epoch):
            self.fit(batches, range(epoch, epoch + 1), callbacks)
        else:
            shown = of_all_shapes(batches)
            self.job.model.fit(shown, epochs=0, verbose=0, callbacks=callbacks)
            callbacks.on_epoch_begin(epoch)
            callbacks.on_epoch_end(epoch, as_numbers(metric_results(self.job.model)))
        batches.first, batches.stop = 0, self.job.schedule.steps_per_epoch

    def follow(self, trained: bool) -> None:
        """Has the steps compiled anew.

        Raises:
            UserError: a layer is no longer trained, or the optimizer takes up no more.
        """
        model: Any = self.job.model
        if trained:
            follow_unfreezing(model)
        if self.job.compile:
            # JAX would take the trace of the same method of the same model for what it still does.
            model.train_step = functools.partial(self.steps[0])
            model.make_train_function(force=True)
            self.compile_tests()

    def compile_tests(self) -> None:
        """Has the step of an evaluation compiled anew."""
        model: Any = self.job.model
        model.test_step = functools.partial(self.steps[1])
        model.make_test_function(force=True)

    def evaluate(
        self, split: Split, callbacks: keras.callbacks.CallbackList | None = None
    ) -> dict[str, float]:
        """The loss and all metrics on a data set; changes nothing but what callbacks change."""
        model = self.job.model
        read = vars(model).get(READS_OTHERS, ())
        if not holds([v for v, _ in read], read):
            # Of an optimizer, as by a metric of the learning rate, it would know the first ones.
            self.compile_tests()
        kept = Kept(other_variables(model, objectives_of(model)))
        found = evaluation_data(split, self.job.batch, self.job.evaluation_batch_size)
        with refusing_strangers(model), engines.whole_rows(), found as data:
            results = model.evaluate(
                **data,
                verbose=0,
                return_dict=True,
                callbacks=callbacks
                and EvaluationHooks(callbacks, kept, STEP_LOSS, self.validated.note),
            )
        if callbacks is None:
            tell_of_taken_back(model, kept)
        kept.restore()
        return {name: float(value) for name, value in results.items() if name != STEP_LOSS}


def follow_unfreezing(model: Any) -> None:
    """Lets the optimizer know what is trained from now on.

    Raises:
        UserError: that is less than before: on JAX `fit` has no step for it.
    """
    (objective,) = objectives_of(model)
    grow(objective.optimizer, objective.variables, state_variables(model, [objective]))
    known = objective.optimizer._trainable_variables
    if list(map(id, known)) != list(map(id, model.trainable_variables)):
        raise UserError(
            "a callback froze a layer, which fit does not follow on every backend: use "
            "loop=custom, or model.freeze from the beginning"
        )


class Validate(keras.callbacks.Callback):
    """Adds validation results to the epoch's logs, and leaves the random counters alone."""

    def __init__(self, loop: FitLoop):
        super().__init__()
        self.loop = loop
        self.callbacks: Any = None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs.pop(STEP_LOSS, None)
        if self.loop.job.data.validation:
            callbacks = self.callbacks if any_does(self.callbacks.callbacks, *TEST) else None
            results = self.loop.evaluate(self.loop.job.data.validation, callbacks)
            logs |= {f"val_{name}": value for name, value in results.items()}
            if callbacks is None:
                self.loop.validated.note()
