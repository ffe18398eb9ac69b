import keras
import numpy as np
import pytest
from keras import ops
from keras.src.testing import TestCase

from lab.layers.dropout import Dropout
from triceras.errors import UserError

X = np.ones((100, 50), "float32")


class TestDropout(TestCase):
    @pytest.mark.slow_on("tensorflow")
    def test_layer(self):
        for call_options in ({"training": True}, {"training": False}, {}):
            self.run_layer_test(
                Dropout,
                init_kwargs={"rate": 0.5, "seed": 1},
                call_kwargs=call_options,
                input_shape=(2, 3),
                expected_output_shape=(2, 3),
                expected_num_trainable_weights=0,
                expected_num_non_trainable_weights=0,
                expected_num_non_trainable_variables=1,
                expected_num_seed_generators=1,
                expected_num_losses=0,
                supports_masking=True,
            )


def drop(layer, x=X):
    return ops.convert_to_numpy(layer(x, training=True))


def test_inference_passes_on_and_draws_nothing():
    layer = Dropout(0.5, seed=1)
    for options in ({"training": False}, {}):
        np.testing.assert_array_equal(ops.convert_to_numpy(layer(X, **options)), X)
    np.testing.assert_array_equal(drop(layer), drop(Dropout(0.5, seed=1)))


@pytest.mark.parametrize("rate", [0.0, 0.25, 0.5, 0.9])
def test_training_drops_a_fraction_and_scales_up_the_rest(rate):
    y = drop(Dropout(rate, seed=2))
    np.testing.assert_allclose(y[y != 0], 1 / (1 - rate), rtol=1e-6)
    # Four standard errors of 5,000 draws.
    assert np.mean(y == 0) == pytest.approx(rate, abs=4 * np.sqrt(rate * (1 - rate) / y.size))


def test_each_call_and_each_seed_draws_anew():
    layer = Dropout(0.5, seed=3)
    first, second = drop(layer), drop(layer)
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, drop(Dropout(0.5, seed=4)))


def test_it_draws_as_the_layer_of_keras_does():
    np.testing.assert_array_equal(drop(Dropout(0.3, 5)), drop(keras.layers.Dropout(0.3, seed=5)))


def test_a_mask_passes():
    y = Dropout(0.5)(keras.layers.Masking()(np.zeros((2, 3, 1), "float32")), training=True)
    assert not ops.convert_to_numpy(y._keras_mask).any()


@pytest.mark.parametrize("rate", [-0.1, 1.0, 50])
def test_a_rate_that_is_no_fraction_is_an_error(rate):
    with pytest.raises(UserError, match=f"rate must be at least 0 and less than 1, not {rate}"):
        Dropout(rate)


@pytest.mark.slow
def test_each_step_of_a_compiled_program_draws_anew(train_compiled):
    model = keras.Sequential([keras.Input((50,)), Dropout(0.5, seed=6), keras.layers.Dense(1)])
    model.layers[1].kernel.assign(np.ones((50, 1)))
    model.compile(keras.optimizers.SGD(0.0), "mae")
    y = np.zeros((100, 1), "float32")
    losses, _ = train_compiled(model, X, y, steps=4, batch_size=100)
    layer = Dropout(0.5, seed=6)
    np.testing.assert_allclose(losses, [drop(layer).sum() / 100 for _ in range(4)], rtol=1e-6)
    assert len(set(losses)) == 4
