import time
from typing import Any

import keras
import numpy as np
import pytest
from omegaconf import OmegaConf

from triceras.engines import engine_class
from triceras.errors import UserError
from triceras.loops.custom import CustomLoop
from triceras.loops.loop import build_loop
from triceras.testing.loops import run_loop


class Marked:
    """Stands for a step: the loop only hands it on."""


class Loop:
    def __init__(self, job, engine=None, step=None):
        self.engine = engine and engine(job)
        self.step = step


class Engine:
    def __init__(self, model, rate=0.0):
        self.model, self.rate = model, rate


def test_an_engine_and_a_step_of_ones_own_are_named_in_the_configuration():
    here = f"{__name__}"
    assert engine_class() is not Engine
    config = OmegaConf.create(
        {
            "name": "own",
            "_target_": f"{here}.Loop",
            "engine": {"_target_": f"{here}.Engine", "rate": 0.5},
            "step": {"_target_": f"{here}.Marked"},
        }
    )
    loop = build_loop(config, "job")
    assert (loop.engine.model, loop.engine.rate) == ("job", 0.5)
    assert isinstance(loop.step, Marked)


def test_a_step_that_is_none_is_refused_before_anything_else():
    nothing: Any = None
    with pytest.raises(UserError, match=r"loop\.step=mean is no step: give null, or the _target_"):
        CustomLoop(nothing, step=nothing or "mean")


class Clock(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.times = []

    def on_train_batch_end(self, batch, logs=None):
        self.times.append(time.perf_counter())


def test_waiting_for_the_first_examples_is_no_compiling(monkeypatch):
    given = []

    def feed(self, data, chunks):
        time.sleep(0.1)
        for chunk in chunks:
            given.append(time.perf_counter())
            yield data, chunk

    monkeypatch.setattr(engine_class(), "feed", feed)
    clock = Clock()
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", jit_compile=False)
    arrays = np.ones((16, 3), "float32"), np.ones((16, 1), "float32")
    done = run_loop(model, *arrays, "custom", callbacks=[clock], compile=False)
    _, seconds = done.loop.job.recorder.calls[0]
    assert seconds <= clock.times[0] - given[0]
