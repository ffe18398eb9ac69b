import numpy as np
import pytest
from keras import ops
from keras.src.testing import TestCase

from lab.layers.sampling import Sampling


class TestSampling(TestCase):
    @pytest.mark.slow_on("jax", "tensorflow")
    def test_layer(self):
        self.run_layer_test(
            Sampling,
            init_kwargs={"seed": 1},
            input_shape=((3, 4), (3, 4)),
            expected_output_shape=(3, 4),
            expected_num_trainable_weights=0,
            expected_num_seed_generators=1,
        )


def draw(mean, log_variance, seed=1):
    shape = (200, 100)
    inputs = [ops.full(shape, value, "float32") for value in (mean, log_variance)]
    return ops.convert_to_numpy(Sampling(seed)(inputs))


def test_it_has_the_mean_and_the_variance():
    z = draw(3.0, np.log(4.0))
    # Standard errors of 20,000 draws: 0.014 and 0.04.
    assert z.mean() == pytest.approx(3.0, abs=0.06)
    assert z.var() == pytest.approx(4.0, abs=0.16)


def test_it_is_linear_in_the_mean_and_in_the_standard_deviation():
    noise = draw(0.0, 0.0)
    np.testing.assert_allclose(draw(5.0, np.log(9.0)), 5.0 + 3.0 * noise, rtol=1e-5, atol=1e-5)


def test_each_call_draws_anew_from_its_seed():
    layer, inputs = Sampling(2), [ops.zeros((5, 3))] * 2
    first, second = (ops.convert_to_numpy(layer(inputs)) for _ in range(2))
    assert not np.array_equal(first, second)
    assert np.array_equal(first, ops.convert_to_numpy(Sampling(2)(inputs)))
    assert not np.array_equal(first, ops.convert_to_numpy(Sampling(3)(inputs)))
