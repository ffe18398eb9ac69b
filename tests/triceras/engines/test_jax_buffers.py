import keras
import numpy as np
import pytest
from keras import ops

from triceras.testing.loops import LOOPS, run_loop

X = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
Y = X.sum(1, keepdims=True)
RATE = 0.1


class Followed(keras.layers.Layer):
    """A layer and one that follows it."""

    def build(self, input_shape):
        self.kernel = self.add_weight((input_shape[-1], 1), "zeros", name="kernel")
        self.target = self.add_weight((input_shape[-1], 1), "ones", trainable=False, name="target")
        self.target.assign(self.kernel)

    def call(self, inputs):
        return ops.matmul(inputs, self.kernel) + 0.1 * ops.matmul(inputs, self.target)


class Follow(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        layer = self.model.layers[-1]
        layer.target.assign(layer.kernel)


@pytest.mark.slow
@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
def test_a_variable_is_assigned_to_another(loop, monkeypatch):
    monkeypatch.setattr(
        "triceras.data.order.permutation", lambda seed, epoch, size: np.arange(size)
    )
    model = keras.Sequential([keras.Input((4,)), Followed()])
    model.compile(keras.optimizers.SGD(RATE), "mse")
    losses = run_loop(model, X, Y, loop, 32, epochs=3, callbacks=[Follow()]).losses
    kernel, target, wanted = np.zeros((4, 1)), np.zeros((4, 1)), []
    for _ in range(3):
        error = X @ (kernel + 0.1 * target) - Y
        wanted.append(np.mean(error**2))
        kernel = kernel - RATE * 2 * X.T @ error / len(X)
        target = kernel
    np.testing.assert_allclose(losses, wanted, rtol=1e-5)
