import keras
import numpy as np
import pytest
from keras import layers, ops

from triceras.modelling.overridden_training import tell_of_overridden_training


def dropping():
    return keras.Sequential([keras.Input((3,)), layers.Dense(3), layers.Dropout(0.5)], name="tail")


def around(inner, **options):
    inputs = keras.Input((3,))
    return keras.Model(inputs, layers.Dense(1)(inner(inputs, **options)))


@pytest.mark.once
@pytest.mark.parametrize(
    ("inner", "options", "said"),
    [
        (lambda: layers.Dropout(0.5, name="noisy"), {"training": True}, "noisy"),
        (dropping, {"training": True}, "tail"),
        (lambda: layers.Dropout(0.5), {}, None),
        (lambda: layers.Dropout(0.5), {"training": False}, None),
        (lambda: layers.Dense(2), {"training": True}, None),
    ],
)
@pytest.mark.parametrize("nested", [False, True])
def test_what_keras_overrides_is_told_of_once(inner, options, said, nested, caplog):
    model = around(inner(), **options)
    if nested:
        model = around(model)
    tell_of_overridden_training(model)
    wanted = f"the layer {said} is called with training=True in a functional model"
    assert [wanted in message for message in caplog.messages] == [True] * (said is not None)


class Fixed(layers.Layer):
    """Calls another layer as it was told to."""

    def __init__(self, inner, training):
        super().__init__()
        self.inner, self.told = inner, training

    def build(self, shape):
        self.inner.build(shape)

    def call(self, inputs):
        return self.inner(inputs, training=self.told)


def test_what_is_told_is_so_and_its_cure_is_one():
    x = np.ones((64, 3), "float32")
    inputs = keras.Input((3,))
    overridden = keras.Model(inputs, layers.Dropout(0.5, seed=1)(inputs, training=True))
    own = keras.Model(inputs, Fixed(layers.Dropout(0.5, seed=1), True)(inputs))
    dropped = [np.any(ops.convert_to_numpy(m(x, training=False)) == 0) for m in (overridden, own)]
    assert dropped == [False, True]
