"""What callbacks change of a model's parts, in whatever place a step takes it from."""

import functools
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import ops

from triceras.testing.loops import train

WIDE = 1200


class Dense(keras.layers.Dense):
    def __init__(self, units):
        super().__init__(units)
        self.table = ops.ones((WIDE,))
        self.options = {"weight": 1.0, "activation": ops.tanh}
        self.weights_of = [1.0, ops.tanh]
        self.held = SimpleNamespace(array=np.ones(WIDE, "float32"), tensor=ops.ones((WIDE,)))

    def build(self, input_shape):
        super().build(input_shape)
        self.shift = self.add_weight(
            shape=(2,), initializer="ones", regularizer=keras.regularizers.L2(0.1), name="shift"
        )

    def call(self, inputs):
        scale = self.table[0] * self.options["weight"] * self.weights_of[0]
        scale = scale * self.held.tensor[0] * self.held.array[0]
        return scale * super().call(inputs) + self.shift


class Called:
    """A loss that is no class of Keras's."""

    def __init__(self):
        self.weight = 1.0

    def __call__(self, y_true, y_pred):
        return self.weight * ops.mean(ops.square(y_true - y_pred))


def build(width=3):
    keras.utils.set_random_seed(0)
    layers = [
        keras.layers.Normalization(mean=None),
        keras.layers.BatchNormalization(center=False, scale=False, momentum=0.5),
        Dense(2),
    ]
    model = keras.Sequential([keras.Input((width,)), *layers])
    model.compile("sgd", Called())
    return model


def adapted(model):
    model.layers[0].adapt(np.random.default_rng(1).normal(2.0, 3.0, (20, WIDE)))


def a_table(model):
    model.layers[2].table = 3.0 * ops.ones((WIDE,))


def an_array_of_an_object(model):
    model.layers[2].held.array[:] = 3.0


def a_tensor_of_an_object(model):
    model.layers[2].held.tensor = 3.0 * ops.ones((WIDE,))


def a_regularizer(model):
    model.layers[2].kernel.regularizer = keras.regularizers.L2(3.0)


def the_strength_of_one(model):
    model.layers[2].shift.regularizer.l2 = 3.0


def a_constraint(model):
    model.layers[2].kernel.constraint = keras.constraints.MaxNorm(0.1)


def the_loss(model):
    model.loss.weight = 3.0


def a_dictionary(model):
    model.layers[2].options["weight"] = 3.0


def a_list(model):
    model.layers[2].weights_of[0] = 3.0


def batch_normalization(model):
    model.layers[1].trainable = False


CHANGES = (
    *(adapted, a_table, a_regularizer, the_strength_of_one, a_constraint),
    *(the_loss, a_dictionary, a_list, batch_normalization),
    *(an_array_of_an_object, a_tensor_of_an_object),
)


class Changing(keras.callbacks.Callback):
    def __init__(self, change):
        super().__init__()
        self.change = change

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            self.change(self.model)


def losses_of(loop, width, compile=True, callbacks=()):
    random = np.random.default_rng(0)
    x = random.normal(size=(16, width)).astype("float32")
    y = random.normal(size=(16, 2)).astype("float32")
    return train(build(width), x, y, loop, epochs=3, compile=compile, callbacks=callbacks)[0]


@pytest.fixture(scope="module")
def unchanged():
    """A function that gives the losses of a model that nothing changes, trained once."""
    return functools.cache(losses_of)


@pytest.mark.in_turn
@pytest.mark.parametrize("loop", ["custom", pytest.param("fit", marks=pytest.mark.once)])
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.slow
def test_what_is_changed_counts_from_then_on(loop, change, unchanged):
    width = WIDE if change is adapted else 3
    compiled = losses_of(loop, width, callbacks=[Changing(change)])
    eager = losses_of(loop, width, compile=False, callbacks=[Changing(change)])
    np.testing.assert_allclose(compiled, eager, rtol=1e-4)
    # It makes a difference.
    assert np.abs(compiled - unchanged(loop, width)).max() > 1e-3
