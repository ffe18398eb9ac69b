import numpy as np
import pytest

from triceras.augment import RandomCrop, RandomShift
from triceras.errors import UserError
from triceras.random import key_of, uniform_from_key

MODES = {"constant": "constant", "nearest": "edge", "reflect": "reflect", "wrap": "wrap"}


def cropped(x, padding, fill, seed):
    """By the definition: a frame around each picture, and a window in it."""
    found = []
    draws = uniform_from_key(key_of(seed), (len(x), 2), np)
    (down, right), (height, width) = padding, x.shape[1:3]
    for picture, (u, v) in zip(x, draws, strict=True):
        frame = np.pad(picture, [(down, down), (right, right), (0, 0)], MODES[fill])
        top = 2 * down - int(u * (2 * down + 1))
        left = 2 * right - int(v * (2 * right + 1))
        found.append(frame[top : top + height, left : left + width])
    return np.array(found)


@pytest.mark.in_turn
@pytest.mark.parametrize("fill", list(MODES))
@pytest.mark.slow_on("jax", "tensorflow")
def test_a_picture_is_cut_out_of_its_frame(images, everywhere, fill):
    found = everywhere(RandomShift(["grey", "colour"], [2, 3], fill), images)
    for name, x in images.items():
        np.testing.assert_array_equal(found[name], cropped(x, (2, 3), fill, 5))
    assert any((a != b).any() for a, b in zip(found["grey"], images["grey"], strict=True))


@pytest.mark.once
def test_a_crop_is_a_shift_by_its_padding(images):
    for padding in (2, [1, 3]):
        found = RandomCrop("grey", padding)(images, key_of(3), np)["grey"]
        expected = RandomShift("grey", padding)(images, key_of(3), np)["grey"]
        np.testing.assert_array_equal(found, expected)


@pytest.mark.once
def test_every_place_is_as_likely():
    x = np.zeros((30000, 5, 5, 1), "float32")
    x[:, 2, 2] = 1
    share = RandomShift("x", 2)({"x": x}, key_of(0), np)["x"].mean(axis=0)
    np.testing.assert_allclose(share, 1 / 25, atol=6 * np.sqrt(1 / 25 / 30000))


@pytest.mark.once
def test_a_move_farther_than_the_picture_leaves_nothing(images):
    found = RandomShift("grey", [0, 1000])(images, key_of(3), np)["grey"]
    assert np.mean(found == 0) > 0.9


@pytest.mark.once
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"fill": "mirror"}, "fill=mirror is unknown: use one of constant"),
        ({"pixels": -1}, "-1 pixels are no way"),
        ({"pixels": [1]}, r"\[1\] pixels are no way"),
        ({"pixels": [1, 0.5]}, "pixels are no way"),
    ],
)
def test_what_is_no_shift(arguments, message):
    with pytest.raises(UserError, match=message):
        RandomShift("x", **arguments)
