import keras
import numpy as np
import pytest
from keras import ops

from triceras.modelling import random_brightness


@pytest.fixture(autouse=True)
def mended():
    theirs = keras.layers.RandomBrightness.transform_images
    random_brightness.install()
    random_brightness.install()
    yield
    keras.layers.RandomBrightness.transform_images = theirs


def test_images_stay_as_they_are():
    images = np.full((2, 4, 4, 3), 100.0, "float32")
    tensor = ops.convert_to_tensor(images.copy())
    brighter = keras.layers.RandomBrightness((0.2, 0.3), seed=1)(tensor, training=True)
    np.testing.assert_array_equal(ops.convert_to_numpy(tensor), images)
    assert ops.convert_to_numpy(brighter).min() > 150
