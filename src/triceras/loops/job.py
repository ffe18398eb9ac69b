"""What a loop needs to know, whichever loop it is."""

import dataclasses

import keras

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset
from triceras.loops.recorder import Recorder
from triceras.loops.schedule import Schedule


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
    compile: bool = True
    progress_bar: bool = True
