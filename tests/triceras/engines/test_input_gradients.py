import keras
import numpy as np
import pytest
from keras import ops

from triceras.engines import input_gradients
from triceras.testing.loops import LOOPS, train


class Penalised(keras.Sequential):
    """Trains the norm of a linear critic's gradient towards 1."""

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        gradients = input_gradients(lambda inputs: self(inputs, training=training), x)
        return ops.mean(ops.square(ops.sqrt(ops.sum(ops.square(gradients), axis=-1)) - 1.0))


@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("compile", [True, False])
@pytest.mark.slow
def test_a_gradient_penalty_is_trained_as_it_is_by_hand(loop, compile):
    model = Penalised([keras.Input((2,)), keras.layers.Dense(1, use_bias=False)])
    model.compile(keras.optimizers.SGD(0.1))
    kernel = np.array([3.0, 4.0])
    model.layers[0].kernel.assign(kernel[:, None])
    x = np.arange(24, dtype="float32").reshape(12, 2)
    losses, _ = train(model, x, np.zeros((12, 1), "float32"), loop, 4, compile=compile)
    expected = []
    for _ in range(3):
        # The gradient of the critic is its kernel.
        norm = np.linalg.norm(kernel)
        expected.append((norm - 1) ** 2)
        kernel = kernel - 0.1 * 2 * (norm - 1) * kernel / norm
    np.testing.assert_allclose(losses, expected, rtol=1e-5)


def test_the_gradient_of_what_is_linear_is_there_and_has_zeros_where_it_is_constant():
    x = ops.convert_to_tensor(np.ones((2, 3), "float32"))

    def slope(x):
        return input_gradients(lambda x: ops.sum(2.0 * x, axis=-1), x)

    np.testing.assert_array_equal(ops.convert_to_numpy(slope(x)), np.full((2, 3), 2.0))
    found = ops.convert_to_numpy(input_gradients(lambda x: ops.sum(slope(x)), x))
    np.testing.assert_array_equal(found, np.zeros((2, 3)))
