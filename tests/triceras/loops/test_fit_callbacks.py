import time

import keras
import numpy as np
import pytest

from triceras.checkpoints.snapshot import Position
from triceras.data.dataset import Split
from triceras.loops.job import Job
from triceras.testing.loops import LOOPS, run_loop


@pytest.mark.slow_on("tensorflow")
def test_making_a_batch_is_a_part_of_a_step_on_every_backend(monkeypatch):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    take_step = Split.take_step

    def slow(self, *arguments):
        time.sleep(0.02)
        return take_step(self, *arguments)

    monkeypatch.setattr(Split, "take_step", slow)
    x = np.zeros((64, 2), "float32")
    done = run_loop(model, x, x[:, :1], "fit", epochs=2)
    assert 5 < done.loop.job.recorder.steps_per_second < 60


class Counting(keras.callbacks.Callback):
    """Notes which batch of which epoch begins and ends."""

    def __init__(self):
        super().__init__()
        self.begun, self.ended = [], []

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        self.begun.append((self.epoch, batch))

    def on_train_batch_end(self, batch, logs=None):
        self.ended.append((self.epoch, batch))


@pytest.mark.slow_on("jax", "tensorflow")
@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
def test_callbacks_are_told_the_place_in_its_epoch_of_a_batch_of_a_resumed_run(loop, monkeypatch):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    monkeypatch.setattr("triceras.testing.loops.Job", resumed_after(Position(3, 0, 3)))
    x, counting = np.zeros((40, 2), "float32"), Counting()
    run_loop(model, x, x[:, :1], loop, epochs=2, callbacks=[counting], compile=False)
    wanted = [(0, 3), (0, 4), *((1, batch) for batch in range(5))]
    assert counting.begun == counting.ended == wanted


def resumed_after(position):
    """Makes a job that goes on from a place."""
    return lambda *arguments, **options: Job(*arguments, start=position, **options)
