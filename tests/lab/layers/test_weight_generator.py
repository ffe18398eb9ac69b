import keras
import numpy as np
import pytest
from keras import ops
from keras.src.testing import TestCase

from lab.layers.weight_generator import WeightGenerator

SHAPES = [(4, 3), (3,), (2, 2, 1, 2)]


class TestWeightGenerator(TestCase):
    @pytest.mark.slow_on("jax", "tensorflow")
    def test_layer(self):
        self.run_layer_test(
            WeightGenerator,
            init_kwargs={"shapes": SHAPES, "activation": "tanh", "gain": 1.0, "seed": 1},
            input_shape=(5, 6),
            expected_output_shape=((5, 4, 3), (5, 3), (5, 2, 2, 1, 2)),
            expected_num_trainable_weights=2,
        )

    @pytest.mark.slow_on("jax")
    def test_layer_with_another_initializer(self):
        self.run_layer_test(
            WeightGenerator,
            init_kwargs={"shapes": SHAPES, "kernel_initializer": "glorot_uniform"},
            input_shape=(1, 6),
            expected_output_shape=((1, 4, 3), (1, 3), (1, 2, 2, 1, 2)),
        )


@pytest.mark.parametrize("batch_size", [1, 3])
def test_it_is_a_dense_layer_cut_into_weights(batch_size):
    dense = keras.layers.Dense(23, "sigmoid", kernel_initializer=keras.initializers.HeNormal(1))
    generator = WeightGenerator(SHAPES, "sigmoid", keras.initializers.HeNormal(1))
    features = np.random.default_rng(0).standard_normal((batch_size, 6)).astype("float32")
    flat = ops.convert_to_numpy(dense(features))
    weights = [ops.convert_to_numpy(a) for a in generator(features)]
    assert generator.weight_count == 23
    assert [a.shape[1:] for a in weights] == SHAPES
    joined = np.concatenate([a.reshape(batch_size, -1) for a in weights], axis=1)
    np.testing.assert_allclose(joined, flat, rtol=1e-6)


def test_its_bias_begins_at_zero():
    generator = WeightGenerator(SHAPES)
    generator.build((None, 6))
    assert not np.any(ops.convert_to_numpy(generator.bias.value))
    assert np.any(ops.convert_to_numpy(generator.kernel.value))


def test_features_of_pictures_are_refused():
    with pytest.raises(ValueError, match=r"takes features of shape \(batch, features\), and was"):
        WeightGenerator([(2, 3)])(np.zeros((2, 4, 4, 3), "float32"))
