import keras
import numpy as np
import pytest
from keras import ops

from triceras.engines import input_gradients
from triceras.modelling import custom_gradients
from triceras.testing.loops import LOOPS, train

custom_gradients.install()
custom_gradients.install()


@ops.custom_gradient
def reversed_gradient(x):
    def gradient(*arguments, upstream=None):
        (upstream,) = arguments if upstream is None else (upstream,)
        return -3.0 * upstream

    return 2.0 * x, gradient


class Reversing(keras.layers.Layer):
    def call(self, inputs):
        return reversed_gradient(inputs)


@pytest.mark.slow_on("jax", "tensorflow")
@pytest.mark.parametrize("loop", LOOPS)
def test_a_step_with_one_is_compiled_and_goes_the_other_way(loop, caplog):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(1, use_bias=False, kernel_initializer="ones"), Reversing()]
    model = keras.Sequential([keras.Input((1,)), *layers])
    model.compile(keras.optimizers.SGD(0.01), "mse")
    x = np.ones((8, 1), "float32")
    losses, _ = train(model, x, np.zeros((8, 1), "float32"), loop, 8, epochs=3)
    weight, expected = 1.0, []
    for _ in range(3):
        expected.append((2 * weight) ** 2)
        weight -= 0.01 * -3.0 * 2 * (2 * weight)
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    assert "cannot be compiled" not in caplog.text


def test_an_argument_that_is_no_tensor_has_no_gradient():
    if keras.backend.backend() != "torch":
        return

    @ops.custom_gradient
    def scaled(x, factor):
        return factor * x, lambda x, factor, upstream: (7.0 * upstream, None)

    found = input_gradients(lambda x: scaled(x, 2.0), ops.ones(3))
    np.testing.assert_array_equal(ops.convert_to_numpy(found), [7.0, 7.0, 7.0])
