import keras
import numpy as np
import pytest
from keras import ops

from triceras.modelling import one_hot
from triceras.testing.loops import train


@pytest.mark.in_turn("torch")
@pytest.mark.slow_on("jax")
def test_clahe_clips_its_histograms_at_the_limit():
    one_hot.install()
    one_hot.install()
    images = np.array([[0, 0], [64, 255]], "float32")[None, ..., None]
    layer = keras.layers.ContrastLimitedAdaptiveHistogramEqualization(
        clip_limit=32.0, tile_grid_size=(1, 1)
    )
    # Of each colour half a pixel counts: the others, 2.5 in all, are spread over 256 colours.
    dark, grey = 0.5 + 2.5 / 256, 1 + 65 * 2.5 / 256
    expected = [[0, 0], [255 * (grey - dark) / (4 - dark), 255]]
    np.testing.assert_allclose(ops.convert_to_numpy(layer(images))[0, ..., 0], expected, rtol=1e-5)


def test_categories_are_floats_unless_a_type_is_named():
    one_hot.install()
    encoded = keras.utils.to_categorical(ops.convert_to_tensor([1, 0]), 2)
    assert keras.backend.standardize_dtype(encoded.dtype) == "float32"
    assert keras.backend.standardize_dtype(ops.one_hot([1, 0], 2, dtype="int32").dtype) == "int32"


@pytest.mark.parametrize("as_given", [np.array, list])
@pytest.mark.parametrize("axis", [-3, -2, -1, 0, 1])
def test_a_category_that_is_none_has_zeros_along_any_axis(axis, as_given):
    one_hot.install()
    found = ops.convert_to_numpy(ops.one_hot(as_given([[0, 2], [-1, 1]]), 3, axis=axis))
    wanted = np.array([[[1, 0, 0], [0, 0, 1]], [[0, 0, 0], [0, 1, 0]]], "float32")
    np.testing.assert_array_equal(found, np.moveaxis(wanted, -1, axis))


@pytest.mark.slow_on("torch")
@pytest.mark.in_turn("torch")
def test_a_step_with_categories_is_compiled(caplog):
    one_hot.install()

    class Counting(keras.layers.Layer):
        def call(self, inputs):
            return ops.one_hot(ops.cast(inputs[:, 0], "int32"), 3) * inputs[:, 1:]

    layers = [Counting(), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4), *layers])
    model.compile("sgd", "mse")
    train(model, np.ones((8, 4), "float32"), np.ones((8, 1), "float32"), "custom")
    assert "cannot be compiled" not in caplog.text
