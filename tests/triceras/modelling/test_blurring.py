import keras
import numpy as np
import pytest
from keras import ops
from scipy import ndimage

from triceras.modelling import blurring

IMAGES = np.random.default_rng(0).normal(size=(2, 7, 9, 3)).astype("float32")


@pytest.fixture(autouse=True)
def mended():
    blurring.install()
    blurring.install()


def bell(size, sigma):
    found = np.exp(-0.5 * ((np.arange(size) - (size - 1) / 2) / sigma) ** 2)
    return found / found.sum()


@pytest.mark.in_turn
@pytest.mark.parametrize("size", [(3, 3), (3, 5), (5, 3), (1, 7)])
@pytest.mark.parametrize("data_format", [None, "channels_last", "channels_first"])
def test_an_image_is_blurred_along_both_its_sides(size, data_format):
    wanted = ndimage.convolve1d(IMAGES, bell(size[0], 2.0), 1, mode="constant")
    wanted = ndimage.convolve1d(wanted, bell(size[1], 0.7), 2, mode="constant")
    first = data_format == "channels_first"
    given = np.moveaxis(IMAGES, -1, 1) if first else IMAGES
    found = ops.convert_to_numpy(ops.image.gaussian_blur(given, size, (2.0, 0.7), data_format))
    found = np.moveaxis(found, 1, -1) if first else found
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
    one = ops.convert_to_numpy(ops.image.gaussian_blur(given[1], size, (2.0, 0.7), data_format))
    one = np.moveaxis(one, 0, -1) if first else one
    np.testing.assert_allclose(one, wanted[1], rtol=1e-5, atol=1e-6)


def test_a_layer_takes_it():
    layer = keras.layers.RandomGaussianBlur((1.0, 1.0), 3, (0.7, 0.7), value_range=(-9, 9))
    wanted = ndimage.convolve1d(IMAGES, bell(3, 0.7), 1, mode="constant")
    wanted = ndimage.convolve1d(wanted, bell(3, 0.7), 2, mode="constant")
    found = ops.convert_to_numpy(layer(IMAGES, training=True))
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_edges_have_zeros_around_them(data_format):
    first = data_format == "channels_first"
    given = np.moveaxis(IMAGES, -1, 1) if first else IMAGES
    found = ops.convert_to_numpy(ops.image.sobel_edges(given, data_format))
    found = np.moveaxis(found, 1, -2) if first else found
    for axis in (0, 1):
        wanted = np.stack(
            [
                np.stack([ndimage.sobel(x[..., c], axis, mode="constant") for c in range(3)], -1)
                for x in IMAGES
            ]
        )
        np.testing.assert_allclose(found[..., axis], wanted, rtol=1e-5, atol=1e-5)


def test_edges_are_those_of_the_axes_that_keras_is_set_to():
    given = np.moveaxis(IMAGES, -1, 1)
    wanted = ops.convert_to_numpy(ops.image.sobel_edges(given, "channels_first"))
    keras.config.set_image_data_format("channels_first")
    try:
        found = ops.convert_to_numpy(ops.image.sobel_edges(given))
    finally:
        keras.config.set_image_data_format("channels_last")
    np.testing.assert_array_equal(found, wanted)
