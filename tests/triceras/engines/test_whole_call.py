"""Models whose own class, and not their layers alone, says something of what they compute."""

import keras
import numpy as np
import pytest
from keras import ops

from triceras import engines
from triceras.testing.loops import LOOPS, train


class NotHandingOn(keras.Model):
    """Has a parameter `training`, and leaves its layers to hear of it from Keras."""

    def __init__(self, **options):
        super().__init__(**options)
        self.normalized, self.last = keras.layers.BatchNormalization(), keras.layers.Dense(2)

    def build(self, input_shape):
        self.normalized.build(input_shape)
        self.last.build(input_shape)

    def call(self, inputs, training=False):
        return self.last(self.normalized(inputs))


class Masking(NotHandingOn):
    """Says itself which of its outputs count."""

    def compute_mask(self, inputs, previous_mask=None):
        return inputs[:, 0] > 0


class Active(NotHandingOn):
    """Has a penalty on its outputs."""

    def __init__(self):
        super().__init__()
        self.activity_regularizer = keras.regularizers.L2(0.3)


class Half(NotHandingOn):
    """Multiplies by a weight of its own, in the type that it computes with."""

    def __init__(self):
        super().__init__(dtype="mixed_bfloat16")
        self.scale = self.add_weight(shape=(), initializer=lambda *_, **__: 1.00390625)

    def call(self, inputs, training=False):
        return super().call(inputs) * self.scale


@pytest.mark.in_turn
@pytest.mark.slow
@pytest.mark.parametrize("kind", [NotHandingOn, Masking, Active, Half])
def test_every_loop_calls_the_model_itself(kind):
    engines.mend_fit()
    x = np.random.default_rng(0).normal(2.0, 3.0, size=(32, 3)).astype("float32")
    y = np.random.default_rng(1).normal(size=(32, 2)).astype("float32")
    found = {}
    for loop in LOOPS:
        keras.utils.set_random_seed(0)
        model = kind()
        model.build((None, 3))
        model.last.kernel.assign(0.1 * np.arange(6).reshape(3, 2))
        model.compile(keras.optimizers.SGD(0.05), "mse")
        found[loop], _ = train(model, x, y, loop, epochs=3)
    with_half = 2e-2 if kind is Half else 1e-5
    for losses in found.values():
        np.testing.assert_allclose(losses, found["custom"], rtol=with_half)
    assert ops.convert_to_numpy(model.normalized.moving_mean)[0] != 0
