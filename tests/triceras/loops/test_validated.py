import keras
import numpy as np
import pytest

from triceras.loops.averages import averaged_at_the_end
from triceras.loops.validated import Validated


class Looking(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        pass


class LookingAtTests(keras.callbacks.Callback):
    def on_test_end(self, logs=None):
        pass


@pytest.fixture
def model():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1), keras.layers.Dropout(0.5)])
    model.compile("sgd", "mse")
    return model


def test_other_weights_are_noticed(model):
    validated = Validated(model, [])
    validated.note()
    assert not validated.holds()
    validated.end()
    assert validated.holds()
    model.set_weights([2 * np.ones((2, 1)), np.zeros(1)])
    assert not validated.holds()


@pytest.mark.parametrize("callback", [Looking, LookingAtTests])
def test_what_callbacks_do_after_a_validation_is_noticed(model, callback):
    validated = Validated(model, [callback()])
    validated.note()
    assert validated.holds()
    model.layers[1].rate = 0.1
    validated.end()
    assert not validated.holds()


@pytest.mark.slow_on("tensorflow")
def test_a_model_that_nobody_changes_need_not_be_validated_again(model):
    model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
    validated = Validated(model, [])
    with averaged_at_the_end(model):
        validated.note()
        validated.end()
    assert validated.holds()
