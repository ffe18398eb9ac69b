"""What looks rows up has the gradient of a sum, also where one row is looked up several times.

On TensorFlow such a gradient is a list of rows, which Keras's optimizers square item by item.
"""

import keras
import numpy as np
import pytest
from keras import ops

from triceras.testing.loops import LOOPS, train

# Row 2 is looked up three times by each example.
X = np.array([[2, 2, 2, 5]], "int32").repeat(2, axis=0)
Y = np.zeros((2, 1), "float32")


class SharedRows(keras.layers.Layer):
    """The sum of rows that are looked up by `ops.take` and once more by an embedding."""

    def __init__(self):
        super().__init__()
        self.embedding = keras.layers.Embedding(6, 3, embeddings_initializer="ones")

    def build(self, input_shape):
        self.embedding.build(input_shape)

    def call(self, ids):
        table = self.embedding.embeddings
        taken = ops.take(ops.convert_to_tensor(table), ids[:, :3], axis=0)
        return ops.sum(taken, 1) + ops.sum(self.embedding(ids[:, 3:]), 1)


class Sum(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return ops.sum(y_pred, axis=-1)


def trained(optimizer, loop):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,), dtype="int32"), SharedRows()])
    model.compile(optimizer, Sum())
    train(model, X, Y, loop, batch_size=2)
    (table,) = model.trainable_variables
    return np.array(ops.convert_to_numpy(table))


def moment(optimizer):
    (variable,) = [v for v in optimizer.variables if "velocity" in v.path]
    return ops.convert_to_numpy(variable)


@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.slow_on("tensorflow")
def test_the_second_moment_is_of_the_sum_of_a_row_looked_up_twice(loop):
    optimizer = keras.optimizers.Adam(0.1)
    trained(optimizer, loop)
    np.testing.assert_allclose(moment(optimizer)[2], 0.001 * 3**2, rtol=1e-5)
    np.testing.assert_allclose(moment(optimizer)[5], 0.001, rtol=1e-5)
    np.testing.assert_array_equal(moment(optimizer)[0], 0)


@pytest.mark.slow_on("tensorflow", "torch")
@pytest.mark.parametrize("loop", ["custom", "fit"])
def test_the_norm_that_is_clipped_is_of_the_sum(loop):
    table = trained(keras.optimizers.SGD(1.0, global_clipnorm=1.0), loop)
    gradient = np.array([3.0, 1.0]) / np.sqrt(3 * (3**2 + 1**2))
    np.testing.assert_allclose(1 - table[[2, 5], 0], gradient, rtol=1e-5)


@pytest.mark.slow_on("tensorflow", "torch")
def test_plain_gradient_descent_moves_by_the_sum():
    table = trained(keras.optimizers.SGD(0.1), "custom")
    np.testing.assert_allclose(1 - table[:, 0], [0, 0, 0.3, 0, 0, 0.1], atol=1e-6)
