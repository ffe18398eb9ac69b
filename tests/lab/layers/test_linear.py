import keras
import numpy as np
import pytest
from keras import ops
from keras.src.testing import TestCase

from lab.layers.linear import Linear

X = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")


class TestLinear(TestCase):
    @pytest.mark.slow_on("tensorflow")
    def test_layer(self):
        for shape in ((2, 3), (2, 4, 3)):
            self.run_layer_test(
                Linear,
                init_kwargs={"units": 4, "w_initializer": "glorot_uniform"},
                input_shape=shape,
                expected_output_shape=(*shape[:-1], 4),
                expected_num_trainable_weights=2,
                expected_num_non_trainable_variables=0,
                expected_num_losses=0,
                supports_masking=True,
            )

    @pytest.mark.slow_on("tensorflow")
    def test_layer_of_known_input(self):
        self.run_layer_test(
            Linear,
            init_kwargs={"units": 4, "input_dim": 3, "b_initializer": "zeros"},
            input_shape=(2, 3),
            expected_output_shape=(2, 4),
            expected_num_trainable_weights=2,
            assert_built_after_instantiation=False,
        )


def test_it_is_affine():
    layer = Linear(4)
    y = layer(X)
    w, b = (ops.convert_to_numpy(v) for v in layer.weights)
    np.testing.assert_allclose(ops.convert_to_numpy(y), X @ w + b, rtol=1e-5, atol=1e-6)


def test_weights_come_with_the_first_inputs():
    layer = Linear(4)
    assert layer.weights == []
    layer(X)
    assert [tuple(v.shape) for v in layer.weights] == [(3, 4), (4,)]
    assert all(np.any(ops.convert_to_numpy(v)) for v in layer.weights)


def test_weights_are_there_at_once_where_the_input_is_known():
    layer = Linear(4, input_dim=3)
    assert layer.trainable_weights == [layer.w, layer.b]
    before = [ops.convert_to_numpy(v) for v in layer.weights]
    layer(X)
    assert layer.weights == [layer.w, layer.b]
    for a, b in zip(before, layer.weights, strict=True):
        np.testing.assert_array_equal(a, ops.convert_to_numpy(b))


def test_other_inputs_are_refused():
    with pytest.raises(ValueError, match="expected axis -1 of input shape to have value 7"):
        Linear(4, input_dim=7)(X)


@pytest.mark.parametrize("input_dim", [None, 3])
def test_it_is_saved_in_a_model(input_dim, tmp_path):
    model = keras.Sequential([keras.Input((3,)), Linear(4, input_dim)])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(*(ops.convert_to_numpy(m(X)) for m in (model, loaded)))


@pytest.mark.slow
def test_it_learns_in_a_compiled_step(train_compiled):
    model = keras.Sequential([keras.Input((3,)), Linear(1)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    y = X @ np.array([[1.0], [-2.0], [3.0]], "float32")
    losses, _ = train_compiled(model, X, y, steps=200, batch_size=5)
    assert losses[-1] < 1e-2 * losses[0]
