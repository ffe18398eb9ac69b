import keras
import numpy as np
import pytest
from keras import ops
from scipy import ndimage

from triceras.modelling import elastic_transform
from triceras.random.install import install

IMAGES = np.random.default_rng(0).uniform(0, 255, (2, 6, 9, 3)).astype("float32")
FIRST_PIXEL = [180.81918, 91.034546, 43.04992]
# What SciPy calls the continuation of an image that Keras's word means.
MODES = {
    "constant": "grid-constant",
    "mirror": "mirror",
    "nearest": "nearest",
    "reflect": "reflect",
    "wrap": "grid-wrap",
}


@pytest.fixture(autouse=True)
def mended():
    elastic_transform.install()
    elastic_transform.install()
    install()


def layer(**options):
    given = {"factor": (1.0, 1.0), "scale": (0.8, 1.0), "fill_value": 7.0, "seed": 1}
    return keras.layers.RandomElasticTransform(**given | options)


def by_scipy(image, field, factor, order, mode):
    """Simard's transformation of one image, by the field that was drawn for it."""
    height, width = image.shape[:2]
    sigma, alpha = 0.05 * factor * min(height, width), 0.1 * factor * max(height, width)
    size = int(6 * sigma) | 1
    kernel = np.exp(-0.5 * (np.arange(size) - size // 2) ** 2 / sigma**2)
    smooth = field * sigma
    for axis in (1, 2):
        smooth = ndimage.correlate1d(smooth, kernel / kernel.sum(), axis, mode="constant")
    places = np.indices((height, width)) + alpha * smooth
    channels = [
        ndimage.map_coordinates(image[..., i], places, order=order, mode=MODES[mode], cval=7.0)
        for i in range(3)
    ]
    return np.stack(channels, -1)


@pytest.mark.in_turn
@pytest.mark.parametrize(
    ("mode", "interpolation", "channels"),
    [
        *((mode, "bilinear", "channels_last") for mode in MODES),
        ("constant", "nearest", "channels_last"),
        ("reflect", "nearest", "channels_first"),
    ],
)
@pytest.mark.slow_on("jax", "tensorflow")
def test_an_image_is_moved_by_a_smooth_field(mode, interpolation, channels):
    elastic = layer(fill_mode=mode, interpolation=interpolation, data_format=channels)
    first = channels == "channels_first"
    images = ops.convert_to_tensor(IMAGES.transpose(0, 3, 1, 2) if first else IMAGES)
    drawn = elastic.get_random_transformation(images)
    # Larger than it is drawn, to go beyond the edges by more than an image is wide.
    drawn["field"] = 40 * drawn["field"]
    moved = ops.convert_to_numpy(elastic.transform_images(images, drawn))
    field, factor = (ops.convert_to_numpy(drawn[key]) for key in ("field", "distortion_factor"))
    order = int(interpolation == "bilinear")
    expected = [
        by_scipy(image.astype("float64"), field[:, i], float(factor), order, mode)
        for i, image in enumerate(IMAGES)
    ]
    found = moved.transpose(0, 2, 3, 1) if first else moved
    # A pixel in a few hundred lies at a border between two, where the last bit decides.
    far = np.abs(found - np.clip(expected, 0, 255)) > 0.05
    assert far.mean() < 0.02
    assert np.abs(found - IMAGES).mean() > 10


@pytest.mark.slow_on("jax")
def test_the_field_is_the_same_on_every_backend_and_new_each_time():
    elastic = layer()
    drawn = [ops.convert_to_numpy(elastic(IMAGES, training=True)) for _ in range(2)]
    assert np.abs(drawn[0] - drawn[1]).max() > 1
    np.testing.assert_allclose(drawn[0][0, 0, 0], FIRST_PIXEL, rtol=1e-4)
    np.testing.assert_array_equal(ops.convert_to_numpy(elastic(IMAGES, training=False)), IMAGES)


@pytest.mark.in_turn
@pytest.mark.slow_on("jax")
def test_one_image_and_its_mask_are_moved_alike():
    elastic = layer(interpolation="nearest")
    data = {"images": IMAGES[0], "segmentation_masks": IMAGES[0]}
    moved = {key: ops.convert_to_numpy(value) for key, value in elastic(data).items()}
    assert moved["images"].shape == IMAGES[0].shape
    np.testing.assert_array_equal(moved["images"], moved["segmentation_masks"])
    assert np.abs(moved["images"] - IMAGES[0]).max() > 1


@pytest.mark.slow_on("jax")
def test_an_image_that_is_not_chosen_stays():
    elastic = layer(factor=(0.0, 0.0001))
    np.testing.assert_array_equal(ops.convert_to_numpy(elastic(IMAGES, training=True)), IMAGES)
