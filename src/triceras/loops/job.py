"""What a loop needs to know, whichever loop it is."""

import dataclasses
import logging
from collections.abc import MutableMapping
from typing import Any

import keras
from omegaconf import DictConfig

from triceras.checkpoints.checkpoints import Checkpoints
from triceras.checkpoints.going_on import planned_steps
from triceras.checkpoints.no_checkpoints import NoCheckpoints
from triceras.checkpoints.snapshot import Position
from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset
from triceras.loops.callbacks import build_callbacks, shows_progress
from triceras.loops.recorder import Recorder
from triceras.loops.schedule import Schedule
from triceras.modelling.preparation import prepare_batches
from triceras.runs.context import Context
from triceras.runs.remembered import Remembered
from triceras.runs.stop import Stop

log = logging.getLogger(__name__)


@dataclasses.dataclass
class Job:
    """One training run, ready to go.

    Args:
        model: built and compiled.
        data: the data set, host arrays.
        batch: how its rows become inputs and targets.
        schedule: which rows each step sees.
        evaluation_batch_size: examples in a test step.
        callbacks: Keras callbacks; the validation results are in their `on_epoch_end` logs.
        recorder: told of every step.
        checkpoints: asked between compiled calls whether to save.
        start: where the run begins: at its beginning, or where a resumed one goes on.
        planned_steps: how many steps the run was expected to take when it began first.
        remembered: what an engine has chosen and has to choose again when the run goes on.
        layer_shapes: what each layer returns in the first batch that is tried, by `id`.
        compile: `False` runs eagerly.
        progress_bar: show Keras's own.
    """

    model: keras.Model
    data: Dataset
    batch: BatchPreparation
    schedule: Schedule
    evaluation_batch_size: int
    callbacks: list[keras.callbacks.Callback]
    recorder: Recorder
    checkpoints: Checkpoints | NoCheckpoints = dataclasses.field(
        default_factory=lambda: NoCheckpoints(Stop())
    )
    start: Position = dataclasses.field(default_factory=Position)
    planned_steps: int = 0
    remembered: MutableMapping[str, Any] = dataclasses.field(default_factory=dict)
    layer_shapes: dict[int, Any] = dataclasses.field(default_factory=dict)
    compile: bool = True
    progress_bar: bool = True

    @property
    def epochs_to_come(self) -> range:
        """The numbers of the epochs that are left, the one under way first."""
        return range(self.start.epoch, 0 if self.start.stopped else self.schedule.epochs)

    def first_step_in(self, epoch: int) -> int:
        """The first step of an epoch that is left."""
        return self.start.step_in_epoch if epoch == self.start.epoch else 0


def make_job(
    config: DictConfig, data: Dataset, model: keras.Model, schedule: Schedule, context: Context
) -> Job:
    """Puts together what a loop needs.

    Args:
        config: see `conf/run.yaml` of this package.
        data: the data set.
        model: built and compiled.
        schedule: which rows each step sees.
        context: of the run.
    """
    callbacks, checkpoints = build_callbacks(config, data, schedule, context)
    start = context.resumed.position if context.resumed else Position()
    if start.stopped and start.step < schedule.total_steps:
        log.warning(
            "a callback had ended this run after step %d, and it stays ended: no step is taken",
            start.step,
        )
    return Job(
        model=model,
        data=data,
        batch=prepare_batches(config.model, data, config.get("augment")),
        schedule=schedule,
        evaluation_batch_size=config.evaluation_batch_size,
        callbacks=callbacks,
        recorder=context.recorder,
        checkpoints=checkpoints or NoCheckpoints(context.stop),
        start=start,
        planned_steps=planned_steps(context.folder, schedule.total_steps),
        remembered=Remembered(context.folder),
        compile=config.compile,
        progress_bar=shows_progress(config),
    )
