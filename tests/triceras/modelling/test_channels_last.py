import keras
import numpy as np
import pytest
from keras import ops
from keras.src.backend import nn

from triceras.engines import input_gradients
from triceras.modelling import channels_last

pytestmark = pytest.mark.in_turn("torch")

# Whole numbers, so that many of them are the largest of a window.
IMAGES = np.random.default_rng(0).integers(0, 3, (2, 6, 7, 4)).astype("float32")


@pytest.fixture(autouse=True)
def mended(backend):
    if backend != "torch":
        pytest.skip("the other backends copy nothing")
    theirs = getattr(nn, channels_last.NAME)
    yield
    setattr(nn, channels_last.NAME, theirs)


@pytest.mark.parametrize(
    "layer",
    [
        keras.layers.Conv2D(3, 3, strides=2, padding="same"),
        keras.layers.DepthwiseConv2D(2),
        keras.layers.SeparableConv2D(3, 3, padding="same"),
        keras.layers.Conv2DTranspose(3, 3, strides=2, padding="same"),
        keras.layers.AveragePooling2D(2, padding="same"),
        keras.layers.MaxPooling2D(3, strides=2),
        keras.layers.MaxPooling2D(2, data_format="channels_first"),
        keras.layers.MaxPooling1D(2),
        keras.layers.MaxPooling3D(2),
    ],
    ids=lambda layer: layer.name,
)
def test_results_and_gradients_stay_the_same(layer):
    (dimensions,) = filter(str.isdigit, type(layer).__name__)
    shape = {"1": (2, 42, 4), "2": IMAGES.shape, "3": (2, 3, 7, 4, 2)}[dimensions]
    x = ops.convert_to_tensor(IMAGES.reshape(shape))

    def squares(x):
        return ops.sum(layer(x) ** 2)

    def results():
        return [ops.convert_to_numpy(each) for each in (layer(x), input_gradients(squares, x))]

    before = results()
    channels_last.install()
    channels_last.install()
    for found, wanted in zip(results(), before, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-6)


def test_nothing_is_copied():
    channels_last.install()
    x = ops.convert_to_tensor(IMAGES)
    view = getattr(nn, channels_last.NAME)(x)
    assert view.shape == (2, 4, 6, 7)
    assert view.data_ptr() == x.data_ptr()
    pooled = keras.layers.AveragePooling2D(2)(x)
    assert pooled.is_contiguous()
