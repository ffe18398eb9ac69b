import time

import keras
import numpy as np
import pytest

from triceras.data.dataset import Split
from triceras.testing.loops import run_loop


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
