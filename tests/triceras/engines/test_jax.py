import keras
import numpy as np
import pytest

from triceras import engines
from triceras.errors import UserError
from triceras.testing.loops import train


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "jax":
        pytest.skip("the engine of another backend")


def test_a_boolean_mask_is_found_out(start):
    class Masking(engines.engine_class()):
        def train_step(self, state, parts, key):
            parts["image"][parts["image"] > 0]
            return super().train_step(state, parts, key)

    run = start(engine=Masking)
    run.train(0, 1)
    assert not run.engine.compile


@pytest.mark.slow_on("jax")
def test_only_convolutions_on_a_cpu_are_kept_out_of_the_loop_of_xla(
    start, start_convolutional, monkeypatch
):
    def loop(start):
        engine = (run := start()).engine
        monkeypatch.setattr(engine, "loop_in_xla", lambda *_: "in XLA")
        monkeypatch.setattr(engine, "loop_here", lambda *_: "here")
        return run.train(0, 1)

    assert loop(start) == "in XLA"
    monkeypatch.setattr(engines.module(), "device", lambda: "cpu")
    assert loop(start_convolutional) == "here"
    monkeypatch.setattr(engines.module(), "device", lambda: "gpu:0")
    assert loop(start_convolutional) == "in XLA"


@pytest.mark.slow_on("jax")
def test_what_cannot_be_frozen_under_another_optimizer_is_one_line():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2), keras.layers.Dense(1)])
    model.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam()), "mse")

    class Freezing(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.layers[0].trainable = False

    x, y = np.ones((16, 2), "float32"), np.ones((16, 1), "float32")
    with pytest.raises(UserError, match="compiled step of JAX with LossScaleOptimizer cannot be"):
        train(model, x, y, "custom", epochs=2, callbacks=[Freezing()])
