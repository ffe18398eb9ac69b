"""What functions and methods have from around them is read in each step."""

import functools
from types import FunctionType

import keras
import numpy as np
import pytest
from keras import ops

from triceras.testing.loops import train
from triceras.testing.one_weight import one_weight

X = np.ones((24, 1), "float32")


RATE = keras.Variable(np.ones((), "float32"), trainable=False, name="rate")


class Doubled(keras.callbacks.Callback):
    """Doubles a variable after each epoch."""

    def __init__(self, variable):
        super().__init__()
        self.variable = variable

    def on_epoch_end(self, epoch, logs=None):
        self.variable.assign(2.0 * self.variable)


class RateOfModule(keras.optimizers.schedules.LearningRateSchedule):
    """A variable of the module."""

    def __call__(self, step):
        return ops.convert_to_tensor(RATE)


class TimesRate(keras.optimizers.SGD):
    """Takes a variable of the module for its rate."""

    def update_step(self, gradient, variable, learning_rate):
        super().update_step(gradient * ops.convert_to_tensor(RATE), variable, learning_rate)


class Lowered(keras.constraints.Constraint):
    """Moves further by a variable of the module."""

    def __call__(self, weight):
        return weight - ops.convert_to_tensor(RATE)


BY_METHODS = {
    "schedule": (lambda: keras.optimizers.SGD(RateOfModule()), None),
    "optimizer": (lambda: TimesRate(1.0), None),
    "constraint": (lambda: keras.optimizers.SGD(0.0), Lowered()),
}


@pytest.mark.slow_on("tensorflow", "torch")
@pytest.mark.in_turn
@pytest.mark.parametrize("loop", ["custom", "fit"])
@pytest.mark.parametrize("place", BY_METHODS)
def test_what_a_method_reads_of_its_module_is_read_in_each_step(place, loop):
    optimizer, constraint = BY_METHODS[place]
    RATE.assign(1.0)
    trained = one_weight(optimizer(), constraint)
    losses, _ = train(trained, X, X, loop, epochs=2, callbacks=[Doubled(RATE)])
    np.testing.assert_allclose(losses, [0, -1, -2, -3, -5, -7])


@pytest.mark.slow_on("tensorflow", "torch")
@pytest.mark.in_turn
@pytest.mark.parametrize("loop", ["custom", "fit"])
@pytest.mark.parametrize("kind", ["closure", "module", "partial", "default", "keyword"])
def test_a_rate_that_is_a_function_is_read_in_each_step(kind, loop):
    own = keras.Variable(np.ones((), "float32"), trainable=False, name="own")
    RATE.assign(1.0)
    rates = {
        "closure": lambda: own,
        "module": lambda: RATE,
        "partial": functools.partial(lambda rate: rate, own),
        "default": lambda rate=own: rate,
        "keyword": lambda *, rate=own: rate,
    }
    trained = one_weight(keras.optimizers.SGD(rates[kind]))
    doubled = Doubled(RATE if kind == "module" else own)
    losses, _ = train(trained, X, X, loop, epochs=2, callbacks=[doubled])
    np.testing.assert_allclose(losses, [0, -1, -2, -3, -5, -7])


@pytest.mark.slow_on("tensorflow", "torch")
def test_a_rate_may_be_a_function_of_no_module_and_one_that_has_nothing_around_it_yet():
    def later():
        return known if given else 1.0

    given = False
    if given:
        known = 2.0
    of_no_module = FunctionType((lambda: 1.0).__code__, {})
    for rate in (later, of_no_module):
        trained = one_weight(keras.optimizers.SGD(rate))
        np.testing.assert_allclose(train(trained, X, X, "custom")[0], [0, -1, -2])
