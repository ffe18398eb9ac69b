"""What a step holds of a model, and what it only seems to hold."""

import keras
import numpy as np
import pytest
from keras import ops

from triceras.engines.constants import marks
from triceras.testing.loops import split_of, train


class Remembering(keras.layers.Layer):
    """Keeps what it has computed, as attention does its scores for somebody to look at."""

    def call(self, inputs):
        self.seen = 2.0 * inputs
        return self.seen


@pytest.mark.slow
@pytest.mark.parametrize("loop", ["custom", "fit"])
def test_tensors_that_a_step_has_left_behind_are_passed_over(loop):
    layers = [keras.layers.Dense(600), Remembering(), keras.layers.Dense(2)]
    model = keras.Sequential([keras.Input((3,)), *layers])
    model.compile("sgd", "mse")
    x, y = np.ones((16, 3), "float32"), np.ones((16, 2), "float32")
    losses, _ = train(model, x, y, loop, validation=split_of(x, y))
    assert losses[1] < losses[0]
    assert marks(model) == marks(model)


class Listed(keras.layers.Layer):
    def build(self, input_shape):
        shape = (input_shape[-1], 2)
        self.kernels = [self.add_weight(shape=shape) for _ in range(2)]
        self.named = {"first": self.kernels[0], "function": ops.tanh}

    def call(self, inputs):
        return ops.matmul(inputs, self.kernels[0] + self.kernels[1])


def test_weights_in_collections_are_state():
    model = keras.Sequential([keras.Input((3,)), Listed()])
    model.compile("sgd", "mse")
    before = marks(model)
    model.set_weights([weights + 1.0 for weights in model.get_weights()])
    assert marks(model) == before
    model.layers[0].named["function"] = ops.sin
    assert marks(model) != before


def test_sparse_tensors_are_passed_over(backend):
    if backend != "tensorflow":
        return
    tensorflow = __import__("tensorflow")
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile("sgd", "mse")
    model.layers[0].adjacency = tensorflow.sparse.from_dense(np.eye(40))
    assert marks(model)
