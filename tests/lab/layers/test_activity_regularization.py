import keras
import numpy as np
import pytest
from keras import ops
from keras.src.testing import TestCase

from lab.layers.activity_regularization import ActivityRegularization

X = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")


class TestActivityRegularization(TestCase):
    @pytest.mark.slow_on("tensorflow")
    def test_layer(self):
        self.run_layer_test(
            ActivityRegularization,
            init_kwargs={"rate": 0.5},
            input_data=X,
            expected_output=ops.convert_to_tensor(X),
            expected_num_trainable_weights=0,
            expected_num_non_trainable_variables=0,
            expected_num_losses=1,
            supports_masking=True,
        )


def losses(layer):
    return [float(ops.convert_to_numpy(loss)) for loss in layer.losses]


def test_the_loss_is_that_of_the_last_call():
    layer = ActivityRegularization(0.1)
    layer(X)
    assert losses(layer) == [pytest.approx(0.1 * X.sum(), rel=1e-5)]
    layer(2 * X)
    assert losses(layer) == [pytest.approx(0.2 * X.sum(), rel=1e-5)]


def test_what_is_masked_does_not_count():
    x = np.array([[[1.0, 2.0], [3.0, 3.0]], [[3.0, 4.0], [5.0, 6.0]]], "float32")
    layer = ActivityRegularization(1.0)
    y = layer(keras.layers.Masking(mask_value=3.0)(x))
    assert losses(layer) == [21.0 - 3.0 + 3.0]
    np.testing.assert_array_equal(ops.convert_to_numpy(y._keras_mask), [[1, 0], [1, 1]])


def test_half_precision_does_not_overflow():
    layer = ActivityRegularization(1.0, dtype="mixed_float16")
    y = layer(ops.full((100, 10), 1000.0, "float16"))
    assert losses(layer) == [1e6]
    assert keras.backend.standardize_dtype(y.dtype) == "float16"


@pytest.mark.slow_on("tensorflow")
def test_the_loss_is_minimised_in_a_compiled_step_and_does_not_pile_up(train_compiled):
    dense = keras.layers.Dense(2, use_bias=False, kernel_initializer="ones")
    model = keras.Sequential([keras.Input((3,)), dense, ActivityRegularization(0.1)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    y = np.zeros((6, 2), "float32")
    got, _ = train_compiled(model, X, y, steps=3, batch_size=6)
    kernel = np.ones((3, 2))
    expected = []
    for _ in range(3):
        outputs = X @ kernel
        expected.append(np.mean(outputs**2) + 0.1 * outputs.sum())
        kernel -= 0.1 * X.T @ (2 * outputs / outputs.size + 0.1)
    np.testing.assert_allclose(got, expected, rtol=1e-5)
    np.testing.assert_allclose(ops.convert_to_numpy(dense.kernel), kernel, rtol=1e-5)
