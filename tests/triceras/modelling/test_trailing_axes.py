import keras
import numpy as np
import pytest
from keras import ops

from triceras.modelling import trailing_axes

pytestmark = pytest.mark.keras_internals  # it replaces private parts of Keras

X = np.random.default_rng(0).normal(size=(2, 3, 3)).astype("float32")


@pytest.fixture(autouse=True)
def mended():
    trailing_axes.install()
    trailing_axes.install()


@pytest.mark.parametrize("axis", [1, 2, -1, -2, (1, 2), (0, 1), [-1, -2]])
def test_what_is_normalized_are_the_axes_that_are_told(axis):
    axes = tuple(np.atleast_1d(axis))
    centred = X - X.mean(axes, keepdims=True)
    for function, wanted in (
        (ops.layer_normalization, centred / np.sqrt((centred**2).mean(axes, keepdims=True) + 0.1)),
        (ops.rms_normalization, X / np.sqrt((X**2).mean(axes, keepdims=True) + 0.1)),
    ):
        found = ops.convert_to_numpy(function(X, axis=axis, epsilon=0.1))
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("axis", [1, -1, (1, 2)])
def test_a_layer_scales_along_its_axes(axis):
    layer = keras.layers.LayerNormalization(axis=axis, epsilon=0.1)
    plain = ops.convert_to_numpy(layer(X))
    gamma = np.arange(1, 1 + layer.gamma.shape[0] * (3 if axis == (1, 2) else 1), dtype="float32")
    layer.gamma.assign(gamma.reshape(layer.gamma.shape))
    found = ops.convert_to_numpy(layer(X))
    shape = {1: (3, 1), -1: (3,), (1, 2): (3, 3)}[axis]
    np.testing.assert_allclose(found, plain * gamma.reshape(shape), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("axis", [1, -1, (0, 1), (1, 2)])
def test_scales_are_those_of_the_axes(axis):
    axes = tuple(np.atleast_1d(axis))
    shape = [X.shape[one] for one in axes]
    scale = np.arange(1, 1 + np.prod(shape), dtype="float32").reshape(shape)
    plain = ops.convert_to_numpy(ops.rms_normalization(X, axis=axis))
    found = ops.convert_to_numpy(ops.rms_normalization(X, scale, axis=axis))
    places = [n if i in [one % 3 for one in axes] else 1 for i, n in enumerate(X.shape)]
    np.testing.assert_allclose(found, plain * scale.reshape(places), rtol=1e-5)


def test_one_number_scales_all():
    found, plain = (ops.rms_normalization(X, scale) for scale in (2.0, None))
    np.testing.assert_allclose(found, 2 * ops.convert_to_numpy(plain), rtol=1e-6)
