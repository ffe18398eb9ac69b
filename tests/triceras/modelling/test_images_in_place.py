import keras
import numpy as np
import pytest
from keras import ops

from triceras.modelling import images_in_place

IMAGES = np.random.default_rng(0).uniform(0, 255, (2, 6, 6, 3)).astype("float32")


@pytest.fixture(autouse=True)
def mended():
    theirs = [layer.transform_images for layer in images_in_place.LAYERS]
    images_in_place.install()
    images_in_place.install()
    yield
    for layer, transform in zip(images_in_place.LAYERS, theirs, strict=True):
        layer.transform_images = transform


@pytest.mark.in_turn("torch")
@pytest.mark.parametrize(
    "layer",
    [keras.layers.RandomBrightness((0.2, 0.3), seed=1), keras.layers.RandomRotation(0.3, seed=1)],
    ids=["brightness", "rotation"],
)
@pytest.mark.slow_on("jax")
def test_a_second_time_is_as_the_first(layer):
    tensor = ops.convert_to_tensor(IMAGES.copy())
    transformation = layer.get_random_transformation(tensor, training=True)
    first, second = (
        ops.convert_to_numpy(layer.transform_images(tensor, transformation)) for _ in range(2)
    )
    np.testing.assert_array_equal(ops.convert_to_numpy(tensor), IMAGES)
    np.testing.assert_array_equal(first, second)
    assert np.abs(first - IMAGES).max() > 1
