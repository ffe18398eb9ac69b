import keras
import numpy as np
import pytest
from keras import ops

from triceras.engines import input_gradients
from triceras.modelling import resizing

IMAGES = np.random.default_rng(0).normal(size=(2, 5, 7, 3)).astype("float32")


@pytest.fixture(autouse=True)
def mended():
    resizing.install()
    resizing.install()


def cubic(x):
    x = abs(x)
    if x < 1:
        return 1.5 * x**3 - 2.5 * x**2 + 1
    return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x < 2 else 0.0


def lanczos(radius):
    return lambda x: np.sinc(x) * np.sinc(x / radius) if abs(x) < radius else 0.0


CURVES = {"bicubic": cubic, "lanczos3": lanczos(3), "lanczos5": lanczos(5)}


def by_hand(x, axis, count, interpolation, wider):
    """Pixel by pixel."""
    x = np.moveaxis(x, axis, 0).astype("float64")
    result = []
    for i in range(count):
        place = (i + 0.5) * len(x) / count - 0.5
        parts = np.array([CURVES[interpolation]((place - j) / wider) for j in range(len(x))])
        result.append(np.tensordot(parts / parts.sum(), x, (0, 0)))
    return np.moveaxis(np.array(result), 0, axis)


@pytest.mark.in_turn
@pytest.mark.parametrize("interpolation", CURVES)
@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("size", [(3, 4), (9, 13), (2, 20), (5, 7), (1, 1)])
def test_each_pixel_is_as_by_hand(size, interpolation, antialias):
    wanted = IMAGES
    for axis, count in zip((1, 2), size, strict=True):
        wider = max(IMAGES.shape[axis] / count, 1) if antialias else 1
        wanted = by_hand(wanted, axis, count, interpolation, wider)
    found = ops.image.resize(IMAGES, size, interpolation, antialias)
    np.testing.assert_allclose(ops.convert_to_numpy(found), wanted, rtol=1e-5, atol=1e-6)
    # A linear function: the gradient is by hand as well.
    along = np.random.default_rng(1).normal(size=wanted.shape).astype("float32")
    factor = ops.convert_to_tensor(along)
    gradient = ops.convert_to_numpy(
        input_gradients(
            lambda x: ops.image.resize(x, size, interpolation, antialias) * factor, IMAGES
        )
    )
    np.testing.assert_allclose((gradient * IMAGES).sum(), (wanted * along).sum(), rtol=1e-4)


def test_layers_take_it():
    wanted = by_hand(by_hand(IMAGES, 1, 10, "bicubic", 1), 2, 21, "bicubic", 1)
    for layer in (
        keras.layers.UpSampling2D((2, 3), interpolation="bicubic"),
        keras.layers.Resizing(10, 21, "bicubic"),
        keras.Sequential([keras.Input((5, 7, 3)), keras.layers.Resizing(10, 21, "bicubic")]),
    ):
        found = ops.convert_to_numpy(layer(IMAGES))
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


def test_channels_may_be_first_and_there_may_be_one_image():
    wanted = ops.convert_to_numpy(ops.image.resize(IMAGES, (4, 9), "bicubic"))
    first = ops.image.resize(
        np.moveaxis(IMAGES, -1, 1), (4, 9), "bicubic", data_format="channels_first"
    )
    np.testing.assert_allclose(np.moveaxis(ops.convert_to_numpy(first), 1, -1), wanted, rtol=1e-6)
    one = ops.convert_to_numpy(ops.image.resize(IMAGES[0], (4, 9), "bicubic"))
    np.testing.assert_allclose(one, wanted[0], rtol=1e-6)


def test_whole_numbers_are_rounded_and_kept_within_their_range():
    colours = np.random.default_rng(0).integers(0, 2, (1, 5, 7, 1)).astype("uint8") * 255
    wanted = by_hand(by_hand(colours, 1, 9, "bicubic", 1), 2, 9, "bicubic", 1)
    assert wanted.max() > 255
    found = ops.convert_to_numpy(ops.image.resize(colours, (9, 9), "bicubic"))
    assert found.dtype == "uint8"
    np.testing.assert_allclose(found, np.clip(np.round(wanted), 0, 255), atol=1)
    half = ops.image.resize(IMAGES.astype("float16"), (9, 9), "bicubic")
    assert keras.backend.standardize_dtype(half.dtype) == "float16"


@pytest.mark.in_turn
@pytest.mark.parametrize("size", [(3, 3), (4, 20), (8, 2)])
def test_the_middle_and_borders_are_as_by_other_interpolations(size, monkeypatch):
    """Of an image that is the same everywhere, and of borders, there is but one answer."""
    image = np.ones((1, 6, 9, 1), "float32")
    image[:, 0], image[:, -1], image[:, :, 0], image[:, :, -1] = 2, 2, 2, 2
    for options in ({"crop_to_aspect_ratio": True}, {"pad_to_aspect_ratio": True, "fill_value": 5}):
        seen = []
        monkeypatch.setattr(
            resizing,
            "weights",
            lambda size, count, *_, seen=seen: seen.append(size) or np.eye(size, count),
        )
        found = ops.convert_to_numpy(ops.image.resize(image, size, "bicubic", **options))
        assert found.shape == (1, *size, 1)
        ratio = seen[0] / seen[1]
        assert ratio == pytest.approx(size[0] / size[1], rel=0.5)
        assert ("fill_value" in options) == (max(seen) > 9 or seen[0] > 6 or seen == [6, 9])
