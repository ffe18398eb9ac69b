"""A trained weight that a layer assigns while it is called trains the same in every loop."""

import keras
import numpy as np
import pytest
from keras import ops

from triceras.data.batch import Batch
from triceras.engines.assigned import check_assigned
from triceras.errors import UserError
from triceras.testing.loops import LOOPS, train

X = np.random.default_rng(0).normal(size=(24, 3)).astype("float32")
Y = X.sum(1, keepdims=True).astype("float32")
RATE = 0.1


class Halved(keras.layers.Layer):
    """Halves its own kernel in each training step, and counts them."""

    def build(self, input_shape):
        self.kernel = self.add_weight((input_shape[-1], 1), name="kernel")
        self.count = self.add_weight((), "zeros", trainable=False, name="count")

    def call(self, inputs, training=False):
        if training:
            self.kernel.assign(self.kernel / 2)
            self.count.assign(self.count + 1)
        return ops.matmul(inputs, self.kernel) + 0.01 * self.count


def expected(kernel):
    """What comes of it where a variable has a state: the gradient is by the halved kernel."""
    losses = []
    for k in range(3):
        x, y = X[8 * k : 8 * k + 8], Y[8 * k : 8 * k + 8]
        kernel = kernel / 2
        error = x @ kernel + 0.01 * (k + 1) - y
        losses.append(np.mean(error**2))
        kernel = kernel - RATE * 2 * x.T @ error / len(x)
    return losses, kernel


@pytest.mark.in_turn
@pytest.mark.parametrize(
    ("loop", "compile"), [*((loop, True) for loop in LOOPS), ("custom", False), ("fit", False)]
)
@pytest.mark.slow
def test_the_gradient_is_by_the_value_that_was_assigned(loop, compile, backend, monkeypatch):
    monkeypatch.setattr(
        "triceras.data.order.permutation", lambda seed, epoch, size: np.arange(size)
    )
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), Halved()])
    model.compile(keras.optimizers.SGD(RATE), "mse")
    wanted, kernel = expected(ops.convert_to_numpy(model.layers[0].kernel).astype("float64"))
    if loop != "custom" and backend == "jax":
        with pytest.raises(UserError, match=r"kernel: .*fit on JAX forgets: use loop=custom"):
            train(model, X, Y, loop)
        return
    losses, _ = train(model, X, Y, loop, compile=compile)
    np.testing.assert_allclose(losses, wanted, rtol=1e-5)
    np.testing.assert_allclose(ops.convert_to_numpy(model.layers[0].kernel), kernel, rtol=1e-4)


class Scaled(keras.layers.Layer):
    """Divides by a running scale, which it first brings up to date."""

    def build(self, input_shape):
        self.kernel = self.add_weight((input_shape[-1], 1), "ones", name="kernel")
        self.scale = self.add_weight((), "ones", trainable=False, name="scale")

    def call(self, inputs, training=False):
        outputs = ops.matmul(inputs, self.kernel)
        if training:
            self.scale.assign(0.5 * self.scale + 0.5 * ops.max(ops.abs(outputs)))
        return outputs / self.scale


@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.slow_on("jax", "tensorflow")
def test_what_is_assigned_to_an_average_is_not_differentiated(loop, monkeypatch):
    monkeypatch.setattr(
        "triceras.data.order.permutation", lambda seed, epoch, size: np.arange(size)
    )
    model = keras.Sequential([keras.Input((3,)), Scaled()])
    model.compile(keras.optimizers.SGD(RATE), "mse")
    losses, _ = train(model, X, Y, loop)
    kernel, scale, wanted = np.ones((3, 1)), 1.0, []
    for k in range(3):
        x, y = X[8 * k : 8 * k + 8], Y[8 * k : 8 * k + 8]
        scale = 0.5 * scale + 0.5 * np.abs(x @ kernel).max()
        error = x @ kernel / scale - y
        wanted.append(np.mean(error**2))
        kernel = kernel - RATE * 2 * x.T @ error / scale / len(x)
    np.testing.assert_allclose(losses, wanted, rtol=1e-5)


def test_the_weights_of_regularizers_are_seen_as_they_are():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, kernel_regularizer="l2")])
    model.compile("sgd", "mse")
    check_assigned(model, Batch(ops.convert_to_tensor(X[:2]), ops.convert_to_tensor(Y[:2])))
