import keras
import numpy as np
import pytest

from triceras.loops.training_argument import tell_of_no_training

pytestmark = pytest.mark.once


class Silent(keras.Model):
    def __init__(self):
        super().__init__()
        self.part = keras.Sequential(
            [keras.layers.Dense(2), keras.layers.Dropout(0.5, name="drop")]
        )

    def call(self, inputs):
        return self.part(inputs)


class Saying(Silent):
    def call(self, inputs, training=False):
        return self.part(inputs, training=training)


class Plain(Silent):
    def __init__(self):
        super().__init__()
        self.part = keras.layers.Dense(2)


@pytest.mark.parametrize(("kind", "told"), [(Silent, True), (Saying, False), (Plain, False)])
def test_dropout_that_fit_would_leave_out_is_named(kind, told, caplog):
    model = kind()
    model.build((None, 3))
    tell_of_no_training(model)
    assert ("Silent.call has no parameter `training`: fit has drop compute" in caplog.text) == told


def test_a_functional_model_hands_it_on(caplog):
    tell_of_no_training(keras.Sequential([keras.Input((2,)), keras.layers.Dropout(0.5)]))
    assert not caplog.text


@pytest.mark.parametrize(("rate", "told"), [(0.0, False), (0.3, True)])
def test_a_recurrent_layer_counts_where_it_drops(rate, told, caplog):
    class Recurrent(Silent):
        def __init__(self):
            super().__init__()
            self.part = keras.layers.LSTM(2, dropout=rate)

    model = Recurrent()
    model.build((None, 4, 3))
    tell_of_no_training(model)
    assert ("lstm" in caplog.text) == told


@pytest.mark.parametrize(
    ("make", "told"),
    [(lambda: keras.Variable(0.0), True), (lambda: np.zeros(2), True), (lambda: None, False)],
)
def test_a_rate_may_be_a_variable_or_none(make, told, caplog):
    class Dropping(keras.layers.Layer):
        def __init__(self):
            super().__init__(name="dropping")
            self.rate = make()

        def call(self, inputs, training=False):
            return inputs

    # One of Keras's would do nothing without a rate.
    Dropping.__module__ = "keras.layers"
    model = Plain()
    model.part = keras.Sequential([keras.layers.Dense(2), Dropping()])
    model.build((None, 3))
    tell_of_no_training(model)
    assert ("dropping compute" in caplog.text) == told


def test_a_step_of_the_models_own_says_so_itself(caplog):
    class Stepping(Silent):
        def train_step(self, data):
            return self(data, training=True)

    model = Stepping()
    model.build((None, 3))
    tell_of_no_training(model)
    assert not caplog.text


def test_a_layer_that_is_frozen_computes_as_ever(caplog):
    model = Plain()
    model.part.trainable = False
    model.build((None, 3))
    tell_of_no_training(model)
    assert "dense" not in caplog.text
