import keras
import numpy as np
import pytest
from keras import ops

from triceras.engines import input_gradients
from triceras.modelling import interpolation

IMAGES = np.random.default_rng(0).normal(size=(2, 5, 6, 3)).astype("float32")
TURNED = np.array(
    [[0.91, 0.32, -1.3371, -0.22, 1.13, 0.4737, 0, 0], [2.12, 0, -7.3, 0, 1.7, 6.23, 0.013, 0.02]]
)
HALVES = np.array([[1, 0, 0.5, 0, 1, -2.5, 0, 0], [1, 0, -9.5, 0, 1, 8.5, 0, 0]])
MODES = ("constant", "nearest", "reflect", "wrap", "mirror")


@pytest.fixture(autouse=True)
def mended():
    interpolation.install()
    interpolation.install()


def at(x, place, fill_mode):
    """The element of a whole place, as NumPy pads."""
    around = [(40, 40)] * x.ndim
    word = {"nearest": "edge", "reflect": "symmetric", "mirror": "reflect"}.get(
        fill_mode, fill_mode
    )
    options = {"constant_values": 7.0} if fill_mode == "constant" else {}
    return np.pad(x, around, word, **options)[tuple(int(one) + 40 for one in place)]


def between(x, place, order, fill_mode):
    if order == 0:
        return at(x, np.floor(np.add(place, 0.5)), fill_mode)
    (row, column), (down, right) = np.floor(place), np.mod(place, 1)
    return sum(
        weight * at(x, (row + i, column + j), fill_mode)
        for i, j, weight in (
            (0, 0, (1 - down) * (1 - right)),
            (0, 1, (1 - down) * right),
            (1, 0, down * (1 - right)),
            (1, 1, down * right),
        )
    )


def by_hand(images, transforms, order, fill_mode):
    result = np.empty_like(images, dtype="float64")
    for n, i, j, c in np.ndindex(*images.shape):
        a0, a1, a2, b0, b1, b2, c0, c1 = transforms[n]
        away = c0 * j + c1 * i + 1
        place = (b0 * j + b1 * i + b2) / away, (a0 * j + a1 * i + a2) / away
        result[n, i, j, c] = between(images[n, :, :, c], place, order, fill_mode)
    return result


@pytest.mark.slow_on("jax", "tensorflow")
@pytest.mark.in_turn
@pytest.mark.parametrize("fill_mode", MODES)
@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("transforms", [TURNED, HALVES], ids=["turned", "halves"])
def test_images_are_transformed_as_by_hand(transforms, order, fill_mode):
    wanted = by_hand(IMAGES, transforms, order, fill_mode)
    kind = ("nearest", "bilinear")[order]
    given = ops.convert_to_tensor(transforms, "float32")
    found = ops.image.affine_transform(IMAGES, given, kind, fill_mode, 7.0)
    np.testing.assert_allclose(ops.convert_to_numpy(found), wanted, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(ops.convert_to_numpy(given), transforms, rtol=1e-6)
    first = np.moveaxis(IMAGES, -1, 1)
    found = ops.image.affine_transform(first, given, kind, fill_mode, 7.0, "channels_first")
    found = np.moveaxis(ops.convert_to_numpy(found), 1, -1)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
    found = ops.image.affine_transform(IMAGES[1], given[1], kind, fill_mode, 7.0)
    np.testing.assert_allclose(ops.convert_to_numpy(found), wanted[1], rtol=1e-4, atol=1e-5)


@pytest.mark.slow_on("jax", "tensorflow")
@pytest.mark.in_turn
def test_a_transformation_has_a_gradient():
    factor = ops.convert_to_tensor(np.random.default_rng(1).normal(size=IMAGES.shape), "float32")

    def loss(transforms):
        return ops.image.affine_transform(IMAGES, transforms) * factor

    given = TURNED.astype("float32")
    found = ops.convert_to_numpy(input_gradients(loss, given))
    for place in ((0, 2), (0, 5), (1, 2)):
        sums = []
        for step in (1e-3, -1e-3):
            moved = given.copy()
            moved[place] += step
            sums.append(float(ops.sum(loss(ops.convert_to_tensor(moved)))))
        np.testing.assert_allclose(found[place], (sums[0] - sums[1]) / 2e-3, rtol=1e-2, atol=1e-2)


@pytest.mark.slow_on("jax", "tensorflow")
def test_whole_colours_are_rounded():
    colours = np.random.default_rng(0).integers(0, 256, IMAGES.shape).astype("uint8")
    found = ops.convert_to_numpy(ops.image.affine_transform(colours, TURNED, fill_mode="reflect"))
    assert found.dtype == "uint8"
    wanted = by_hand(colours, TURNED, 1, "reflect")
    np.testing.assert_allclose(found, wanted, atol=0.51)


@pytest.mark.in_turn
@pytest.mark.parametrize("fill_mode", MODES)
@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("step", [0, 0.5])
def test_coordinates_are_mapped_as_by_hand(step, order, fill_mode):
    places = np.random.default_rng(0).uniform(-12, 17, (2, 4, 6))
    places = np.floor(places) + 0.5 if step else places
    image = IMAGES[0, :, :, 0]
    wanted = [between(image, place, order, fill_mode) for place in places.reshape(2, -1).T]
    given = ops.convert_to_tensor(places, "float32")
    found = ops.image.map_coordinates(image, given, order, fill_mode, 7.0)
    wanted = np.reshape(wanted, (4, 6))
    np.testing.assert_allclose(ops.convert_to_numpy(found), wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.slow_on("jax")
@pytest.mark.parametrize("fill_mode", ["reflect", "wrap"])
@pytest.mark.parametrize("kind", ["nearest", "bilinear"])
def test_a_layer_takes_it(kind, fill_mode):
    layer = keras.layers.RandomTranslation(
        (0.5, 0.5), (-0.25, -0.25), interpolation=kind, fill_mode=fill_mode, seed=0
    )
    found = ops.convert_to_numpy(layer(IMAGES, training=True))
    transforms = np.tile([1, 0, 1.5, 0, 1, -2.5, 0, 0], (2, 1))
    wanted = by_hand(IMAGES, transforms, int(kind == "bilinear"), fill_mode)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)
