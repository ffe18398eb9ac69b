"""A model may write `inputs += 1`, which changes the tensor itself on PyTorch and nowhere else."""

import keras
import numpy as np
import pytest

from triceras.data.batch import BatchPreparation
from triceras.engines import engine_class
from triceras.testing.loops import LOOPS, split_of, train

X = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")


class Moved(keras.layers.Layer):
    def __init__(self, in_place):
        super().__init__()
        self.in_place = in_place

    def call(self, inputs):
        if not self.in_place:
            return inputs + 1
        inputs += 1
        return inputs


def build(in_place):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), Moved(in_place), keras.layers.Dense(3)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    return model


@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.slow
def test_neither_the_data_nor_the_targets_change(loop):
    x = X.copy()
    curves = []
    for in_place in (True, False):
        model, validation = build(in_place), split_of(x, x)
        losses, history = train(model, x, x, loop, epochs=2, validation=validation, targets="x")
        curves.append([*losses, *history.history["val_loss"]])
        np.testing.assert_array_equal(x, X)
    np.testing.assert_allclose(curves[0], curves[1], rtol=1e-6)


def test_gradients_change_no_data():
    found = []
    for in_place in (True, False):
        engine = engine_class()(build(in_place), BatchPreparation("x", "x"))
        engine.try_first_batch({"x": X})
        engine.load_state()
        x = X.copy()
        found.append(engine.gradients({"x": x}, np.zeros(2, "int32"))["loss"][0])
        np.testing.assert_array_equal(x, X)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-5)
