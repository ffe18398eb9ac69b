import keras
import numpy as np
import pytest
from keras import ops

from triceras.engines import input_gradients
from triceras.modelling import custom_gradients
from triceras.testing.loops import LOOPS, train


@ops.custom_gradient
def reversed_gradient(x):
    def gradient(*arguments, upstream=None):
        (upstream,) = arguments if upstream is None else (upstream,)
        return -3.0 * upstream

    return 2.0 * x, gradient


# After the decorator, as where a module of one's own is imported for its data.
custom_gradients.install()
custom_gradients.install()


@ops.custom_gradient
def handed_on(x):
    def gradient(*arguments, upstream=None):
        (upstream,) = arguments if upstream is None else (upstream,)
        return -3.0 * upstream

    return x, gradient


@ops.custom_gradient
def by_a_weight(x, weight):
    def gradient(*arguments, upstream=None):
        upstream = arguments[0] if upstream is None else upstream
        return upstream * weight, 7.0 * ops.sum(upstream * x)

    return x * weight, gradient


class Reversing(keras.layers.Layer):
    def call(self, inputs):
        return reversed_gradient(inputs)


@pytest.mark.in_turn("torch")
@pytest.mark.slow
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


@pytest.mark.slow_on("torch")
@pytest.mark.in_turn("torch")
@pytest.mark.parametrize("loop", LOOPS)
def test_what_is_handed_on_has_the_gradient_that_it_says(loop):
    class HandingOn(keras.layers.Layer):
        def call(self, inputs):
            return handed_on(handed_on(handed_on(inputs)))

    dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    model = keras.Sequential([keras.Input((1,)), dense, HandingOn()])
    model.compile(keras.optimizers.SGD(0.001), "mse")
    x = np.ones((8, 1), "float32")
    losses, _ = train(model, x, np.zeros((8, 1), "float32"), loop, 8, epochs=2)
    weight = 1.0 - 0.001 * (-3.0) ** 3 * 2
    np.testing.assert_allclose(losses, [1.0, weight**2], rtol=1e-5)


@pytest.mark.in_turn("torch")
@pytest.mark.parametrize("loop", LOOPS)
def test_a_weight_that_is_an_argument_has_the_gradient_that_it_says(loop):
    if keras.backend.backend() == "tensorflow":
        pytest.skip("TensorFlow refuses a variable, and says so")

    class Weighing(keras.layers.Layer):
        def build(self, input_shape):
            self.weight = self.add_weight(shape=(), initializer="ones", name="weight")

        def call(self, inputs):
            return by_a_weight(inputs, self.weight)

    model = keras.Sequential([keras.Input((1,)), Weighing()])
    model.compile(keras.optimizers.SGD(0.01), "mse")
    x = np.ones((8, 1), "float32")
    losses, _ = train(model, x, np.zeros((8, 1), "float32"), loop, 8, epochs=2)
    weight = 1.0 - 0.01 * 7.0 * 2
    np.testing.assert_allclose(losses, [1.0, weight**2], rtol=1e-5)


@pytest.mark.in_turn("torch")
def test_an_argument_that_is_no_tensor_has_no_gradient():
    if keras.backend.backend() != "torch":
        return

    @ops.custom_gradient
    def scaled(x, factor):
        return factor * x, lambda x, factor, upstream: (7.0 * upstream, None)

    found = input_gradients(lambda x: scaled(x, 2.0), ops.ones(3))
    np.testing.assert_array_equal(ops.convert_to_numpy(found), [7.0, 7.0, 7.0])
