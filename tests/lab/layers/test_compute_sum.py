import keras
import numpy as np
import pytest
from keras import ops
from keras.src.testing import TestCase

from lab.layers.compute_sum import ComputeSum

X = np.arange(12, dtype="float32").reshape(6, 2)


class TestComputeSum(TestCase):
    @pytest.mark.slow_on("jax", "tensorflow")
    def test_layer(self):
        for options in ({}, {"input_dim": 2}):
            for shape in ((3, 2), (3, 4, 2)):
                self.run_layer_test(
                    ComputeSum,
                    init_kwargs=options,
                    input_shape=shape,
                    expected_output_shape=(2,),
                    expected_num_trainable_weights=0,
                    expected_num_non_trainable_weights=1,
                    expected_num_losses=0,
                    supports_masking=True,
                )


def test_the_sum_runs_on_over_calls():
    layer = ComputeSum(2)
    first, second = layer(X), layer(X)
    np.testing.assert_array_equal(ops.convert_to_numpy(first), X.sum(axis=0))
    np.testing.assert_array_equal(ops.convert_to_numpy(second), 2 * X.sum(axis=0))
    np.testing.assert_array_equal(ops.convert_to_numpy(layer.total), 2 * X.sum(axis=0))


def test_what_is_masked_is_not_added():
    x = np.array([[[1.0, 2.0], [0.0, 0.0]], [[3.0, 4.0], [5.0, 6.0]]], "float32")
    layer = ComputeSum()
    y = layer(keras.layers.Masking(mask_value=3.0)(x))
    np.testing.assert_array_equal(ops.convert_to_numpy(y), [9.0, 12.0])
    mask = np.array([[True, False], [False, True]])
    y = layer(x, mask=ops.convert_to_tensor(mask))
    np.testing.assert_array_equal(ops.convert_to_numpy(y), [15.0, 20.0])


def test_the_sum_has_no_mask():
    inputs = keras.Input((4, 2))
    total = ComputeSum()(keras.layers.Masking()(inputs))
    assert getattr(total, "_keras_mask", None) is None


def test_half_precision_inputs_are_summed_in_single():
    layer = ComputeSum(dtype="mixed_float16")
    for _ in range(3):
        layer(ops.ones((2048, 1), "float16"))
    layer(ops.ones((1, 1), "float16"))
    assert float(ops.convert_to_numpy(layer.total)[0]) == 6145.0


class WithSum(keras.Model):
    """Predicts from the inputs, and keeps their sum on the way."""

    def __init__(self):
        super().__init__()
        self.sum = ComputeSum(2)
        self.dense = keras.layers.Dense(1)

    def build(self, input_shape):
        self.dense.build(input_shape)

    def call(self, inputs):
        total = self.sum(inputs)
        return self.dense(inputs) + 0.0 * ops.sum(total)


@pytest.fixture
def model():
    model = WithSum()
    model.build((None, 2))
    model.compile(keras.optimizers.SGD(1e-3), "mse")
    return model


@pytest.mark.slow
def test_it_runs_on_in_a_compiled_step(model, train_compiled):
    train_compiled(model, X, np.zeros((6, 1), "float32"), steps=5, batch_size=3)
    rows = np.arange(15) % 6
    np.testing.assert_array_equal(ops.convert_to_numpy(model.sum.total), X[rows].sum(axis=0))


@pytest.mark.slow_on("tensorflow")
def test_it_runs_on_in_fit(model):
    model.fit(X, np.zeros((6, 1)), batch_size=2, epochs=3, verbose=0)
    np.testing.assert_array_equal(ops.convert_to_numpy(model.sum.total), 3 * X.sum(axis=0))


def test_the_sum_is_saved(tmp_path):
    model = keras.Sequential([keras.Input((2,)), ComputeSum()])
    model(X)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(ops.convert_to_numpy(loaded(X)), 2 * X.sum(axis=0))
