import keras
import numpy as np
import pytest
from keras import ops

from triceras.modelling import added_losses
from triceras.testing.loops import LOOPS, train

X = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")


class Adding(keras.layers.Layer):
    """Adds a loss that it is given."""

    def call(self, inputs, loss):
        self.add_loss(loss)
        return inputs


@pytest.mark.slow_on("tensorflow", "torch")
@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
def test_a_loss_counts_as_often_as_it_is_added(loop):
    added_losses.install()
    added_losses.install()
    inputs = keras.Input((3,))
    outputs = keras.layers.Dense(1, kernel_initializer="ones")(inputs)
    loss = ops.mean(outputs)
    first = Adding()
    for layer in (first, Adding(), first):
        outputs = layer(outputs, loss)
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.SGD(0.0), "mse")
    losses, _ = train(model, X, np.zeros((16, 1), "float32"), loop, 16)
    outputs = X.sum(1)
    np.testing.assert_allclose(losses, [np.mean(outputs**2) + 3 * np.mean(outputs)], rtol=1e-5)


@pytest.mark.slow_on("tensorflow", "torch")
@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
def test_a_loss_of_half_precision_is_added_to_others(loop):
    added_losses.install()
    keras.utils.set_random_seed(0)
    inputs = keras.Input((3,))
    outputs = keras.layers.Dense(1, kernel_regularizer="l2")(inputs)
    outputs = Adding(dtype="float16")(outputs, ops.cast(ops.mean(outputs), "float16"))
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.SGD(0.0), "mse")
    kernel = ops.convert_to_numpy(model.weights[0])
    losses, _ = train(model, X, np.zeros((16, 1), "float32"), loop, 16)
    outputs = X @ kernel
    expected = np.mean(outputs**2) + np.mean(outputs) + 0.01 * np.sum(kernel**2)
    np.testing.assert_allclose(losses, [expected], rtol=1e-3)
