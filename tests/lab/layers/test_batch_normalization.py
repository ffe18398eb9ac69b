import keras
import numpy as np
import pytest
from keras.src.testing import TestCase

from lab.layers.batch_normalization import BatchNormalization
from triceras.engines import input_gradients

pytestmark = pytest.mark.keras_internals


class TestBatchNormalization(TestCase):
    @pytest.mark.slow
    @pytest.mark.in_turn
    def test_layer(self):
        for options in ({}, {"axis": 1}, {"center": False, "scale": False}):
            self.run_layer_test(
                BatchNormalization,
                init_kwargs=options,
                input_shape=(4, 6, 5, 3),
                expected_output_shape=(4, 6, 5, 3),
                expected_num_trainable_weights=0 if "scale" in options else 2,
                expected_num_non_trainable_variables=2,
                supports_masking=True,
            )


@pytest.mark.parametrize(("shape", "axis"), [((128, 28, 28, 8), -1), ((128, 8, 28, 28), 1)])
def test_the_statistics_are_exact_over_a_batch_of_images(shape, axis):
    layer = BatchNormalization(axis=axis, momentum=0.0)
    x = np.random.default_rng(0).normal(3.0, 0.5, shape).astype("float32")
    y = keras.ops.convert_to_numpy(layer(x, training=True))
    axes = tuple(each for each in range(4) if each != axis % 4)
    mean, variance = x.mean(axes, dtype="float64"), x.astype("float64").var(axes)
    np.testing.assert_allclose(layer.moving_mean.numpy(), mean, rtol=5e-7)
    np.testing.assert_allclose(layer.moving_variance.numpy(), variance, rtol=1e-6)
    np.testing.assert_allclose(y.mean(axes, dtype="float64"), 0, atol=3e-6)


def test_half_precision_is_added_up_in_float32():
    layer = BatchNormalization(momentum=0.0, dtype="mixed_bfloat16")
    x = np.random.default_rng(0).normal(3.0, 0.5, (256, 4, 4, 2)).astype("float32")
    assert keras.backend.standardize_dtype(layer(x, training=True).dtype) == "bfloat16"
    np.testing.assert_allclose(layer.moving_variance.numpy(), x.var((0, 1, 2)), rtol=1e-2)


def test_a_mask_and_inference_are_those_of_keras():
    x = np.random.default_rng(0).normal(size=(4, 5, 3)).astype("float32")
    mask = np.arange(20).reshape(4, 5) % 3 > 0
    ours, theirs = BatchNormalization(), keras.layers.BatchNormalization()
    for options in ({"training": True, "mask": mask}, {"training": False}):
        got, wanted = (keras.ops.convert_to_numpy(each(x, **options)) for each in (ours, theirs))
        np.testing.assert_allclose(got, wanted, rtol=1e-6, atol=1e-6)


@pytest.mark.slow_on("jax")
def test_variances_have_right_derivatives_of_both_orders():
    layer = BatchNormalization()
    x, along = np.random.default_rng(0).normal(size=(2, 5, 2)).astype("float32")
    layer.build(x.shape)

    def variances(inputs):
        return layer._moments(inputs, None)[1]

    def slope(inputs):
        return keras.ops.multiply(input_gradients(variances, inputs), along)

    for function, expected in [(variances, x - x.mean(0)), (slope, along - along.mean(0))]:
        found = keras.ops.convert_to_numpy(input_gradients(function, x))
        np.testing.assert_allclose(found, 2 / len(x) * expected, rtol=1e-5, atol=1e-6)
