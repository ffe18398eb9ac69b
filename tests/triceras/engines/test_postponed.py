"""What a model has read of a variable stays what it was where it then assigns to it."""

import keras
import numpy as np
import pytest
from keras import ops

from triceras.testing.loops import LOOPS, run_loop, split_of

X = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
Y = X.sum(1, keepdims=True).astype("float32")
RATE = 0.1
NOT_ON_JAX = pytest.mark.in_turn("tensorflow", "torch")
READ = {"tensor": ops.convert_to_tensor, "value": lambda variable: variable.value}


class Queue(keras.Model):
    """Compares what it computes with a queue of what it computed before, as MoCo does."""

    def __init__(self, read):
        super().__init__()
        self.read = read
        self.dense = keras.layers.Dense(1, use_bias=False)
        self.queue = self.add_weight((8, 1), "ones", trainable=False, name="queue")
        self.seen = self.add_weight((), "zeros", trainable=False, name="seen")

    def build(self, input_shape):
        self.dense.build(input_shape)

    def call(self, inputs):
        return self.dense(inputs)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        before = READ[self.read](self.queue)
        self.queue.assign(ops.stop_gradient(y_pred))
        self.seen.assign(ops.mean(before))
        return ops.mean((y_pred * before - y) ** 2)


def expected(kernel):
    """Losses of steps by hand, and the last kernel and queue."""
    queue, losses = np.ones((8, 1)), []
    for k in range(0, 32, 8):
        x, y = X[k : k + 8], Y[k : k + 8]
        outputs = x @ kernel
        error = outputs * queue - y
        losses.append(np.mean(error**2))
        kernel = kernel - RATE * 2 * x.T @ (error * queue) / len(x)
        queue = outputs
    return losses, kernel, queue


@pytest.mark.slow
@pytest.mark.in_turn
@pytest.mark.parametrize(
    ("loop", "compile"), [*((loop, True) for loop in LOOPS), ("custom", False), ("fit", False)]
)
@pytest.mark.parametrize("read", READ)
def test_a_queue_that_a_loss_fills_again(read, loop, compile, monkeypatch):
    monkeypatch.setattr(
        "triceras.data.order.permutation", lambda seed, epoch, size: np.arange(size)
    )
    keras.utils.set_random_seed(0)
    model = Queue(read)
    model.build((None, 4))
    model.compile(keras.optimizers.SGD(RATE))
    wanted, kernel, queue = expected(ops.convert_to_numpy(model.dense.kernel).astype("float64"))
    trained = run_loop(model, X, Y, loop, compile=compile)
    np.testing.assert_allclose(trained.losses, wanted, rtol=1e-5)
    for variable, value in ((model.dense.kernel, kernel), (model.queue, queue)):
        np.testing.assert_allclose(ops.convert_to_numpy(variable), value, rtol=1e-4, atol=1e-5)
    before = ops.convert_to_numpy(model.queue)
    results = trained.loop.evaluate(split_of(X[:8], Y[:8]))
    outputs = X[:8] @ ops.convert_to_numpy(model.dense.kernel)
    np.testing.assert_allclose(results["loss"], np.mean((outputs * before - Y[:8]) ** 2), rtol=1e-4)
    np.testing.assert_array_equal(ops.convert_to_numpy(model.queue), before)


class Clipped(keras.layers.Layer):
    """Clips its own weight, after it has read what it was."""

    def __init__(self, read):
        super().__init__()
        self.read = read

    def build(self, input_shape):
        self.kernel = self.add_weight((input_shape[-1], 1), "ones", name="kernel")

    def call(self, inputs):
        before = READ[self.read](self.kernel)
        self.kernel.assign(ops.clip(self.kernel, -0.5, 0.5))
        return ops.matmul(inputs, self.kernel) + ops.matmul(inputs, ops.stop_gradient(before))


@pytest.mark.slow_on("tensorflow", "torch")
@pytest.mark.in_turn
@pytest.mark.parametrize(
    "loop",
    [loop if loop == "custom" else pytest.param(loop, marks=NOT_ON_JAX) for loop in LOOPS],
)
@pytest.mark.parametrize("read", READ)
def test_a_weight_that_a_layer_clips(read, loop, backend, monkeypatch):
    if backend == "jax" and loop != "custom":
        pytest.skip("fit refuses it there")
    monkeypatch.setattr(
        "triceras.data.order.permutation", lambda seed, epoch, size: np.arange(size)
    )
    model = keras.Sequential([keras.Input((4,)), Clipped(read)])
    model.compile(keras.optimizers.SGD(RATE), "mse")
    kernel, wanted = np.ones((4, 1)), []
    for k in range(0, 32, 8):
        x, y = X[k : k + 8], Y[k : k + 8]
        before, kernel = kernel, np.clip(kernel, -0.5, 0.5)
        error = x @ (kernel + before) - y
        wanted.append(np.mean(error**2))
        kernel = kernel - RATE * 2 * x.T @ error / len(x)
    losses = run_loop(model, X, Y, loop).losses
    np.testing.assert_allclose(losses, wanted, rtol=1e-4)


class Remembering(keras.layers.Layer):
    """Gives what it was given in the step before."""

    def __init__(self, read):
        super().__init__()
        self.read = read

    def build(self, input_shape):
        self.scale = self.add_weight((), "ones", name="scale")
        self.last = self.add_weight((8, 1), "zeros", trainable=False, name="last")

    def call(self, inputs):
        before = READ[self.read](self.last)
        self.last.assign(inputs[:, :1])
        self.add_loss(self.scale**2)
        return before

    def compute_output_shape(self, input_shape):
        return (8, 1)


@pytest.mark.slow
@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("read", READ)
def test_metrics_see_the_outputs_that_the_loss_saw(read, loop, monkeypatch):
    monkeypatch.setattr(
        "triceras.data.order.permutation", lambda seed, epoch, size: np.arange(size)
    )
    model = keras.Sequential([keras.Input((4,), batch_size=8), Remembering(read)])
    model.compile(keras.optimizers.SGD(RATE), "mse", metrics=["mae"])
    history = run_loop(model, X, Y, loop).history.history
    outputs = np.concatenate([np.zeros((8, 1)), X[:-8, :1]])
    np.testing.assert_allclose(history["mae"], [np.mean(np.abs(outputs - Y))], rtol=1e-5)
