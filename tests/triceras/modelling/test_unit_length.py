import keras
import numpy as np
import pytest
from keras import ops

from triceras.engines import input_gradients
from triceras.modelling import unit_length

pytestmark = pytest.mark.keras_internals  # it replaces private parts of Keras

X = np.array([[0, 0, 0], [3, 0, -4], [1e-3, 1e-3, 0]], "float32")
ALONG = np.array([[1, -2, 3], [4, 5, 6], [1, 2, 3]], "float32")


def test_what_has_no_length_has_a_gradient():
    unit_length.install()
    wanted = X / np.maximum(np.linalg.norm(X, axis=-1, keepdims=True), 1e-7)
    np.testing.assert_allclose(ops.convert_to_numpy(ops.normalize(X)), wanted, rtol=1e-6)
    layer = keras.layers.UnitNormalization()
    np.testing.assert_allclose(ops.convert_to_numpy(layer(X)), wanted, rtol=1e-6)
    along = ops.convert_to_tensor(ALONG)
    found = ops.convert_to_numpy(input_gradients(lambda x: ops.normalize(x) * along, X))
    np.testing.assert_allclose(found[0], ALONG[0] * 1e7, rtol=1e-5)
    length = np.linalg.norm(X[1:], axis=-1, keepdims=True)
    part = (ALONG[1:] * wanted[1:]).sum(-1, keepdims=True)
    np.testing.assert_allclose(found[1:], (ALONG[1:] - part * wanted[1:]) / length, rtol=1e-4)


def test_a_unit_that_is_off_stays_off():
    unit_length.install()
    similar = keras.losses.CosineSimilarity(reduction=None)
    labels = ops.convert_to_tensor(ALONG[:1])
    found = input_gradients(lambda x: similar(labels, ops.relu(x)), -np.ones((1, 3), "float32"))
    assert not ops.convert_to_numpy(found).any()


def test_other_lengths_are_as_they_were():
    unit_length.install()
    found = ops.convert_to_numpy(ops.normalize(X[1:2], order=1))
    np.testing.assert_allclose(found, X[1:2] / 7, rtol=1e-6)
