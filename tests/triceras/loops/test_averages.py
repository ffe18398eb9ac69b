import keras
import numpy as np
import pytest

from triceras.loops.averages import averaged_at_the_end


@pytest.fixture
def model():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile(keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5), "mse")
    return model


def kernel(model):
    return np.array(keras.ops.convert_to_numpy(model.layers[0].kernel))


def step(model):
    model.fit(np.ones((4, 3)), np.ones((4, 2)), batch_size=4, verbose=0)


def test_averages_come_once_and_after_all_steps(model):
    begun = kernel(model)
    with averaged_at_the_end(model):
        step(model)
        one = kernel(model)
        step(model)
        two = kernel(model)
    # Keras's average begins with 0 and its first step counts in full.
    average = 0.5 * one + 0.5 * two
    assert np.abs(one - begun).max() > 0.01
    assert np.abs(two - average).max() > 0.01
    np.testing.assert_allclose(kernel(model), average, rtol=1e-5)


def test_after_an_exception_the_weights_are_the_last_ones(model):
    def train():
        with averaged_at_the_end(model):
            step(model)
            weights.append(kernel(model))
            raise RuntimeError

    weights = []
    with pytest.raises(RuntimeError):
        train()
    np.testing.assert_array_equal(kernel(model), weights[0])
    # From then on `fit` does again what it does by itself.
    assert "finalize_variable_values" not in vars(model.optimizer)
