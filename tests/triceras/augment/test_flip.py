import numpy as np
import pytest

from triceras.augment import RandomFlip
from triceras.random import fold_in, key_of, uniform_from_key


def flipped(x, horizontal, vertical, seed):
    """By the definition, one picture after the other."""
    found = []
    for i, picture in enumerate(x):
        for axis, wanted in ((1, vertical), (2, horizontal)):
            draws = uniform_from_key(fold_in(key_of(seed), axis), (len(x), 1, 1, 1), np)
            if wanted and draws[i, 0, 0, 0] < 0.5:
                picture = picture[::-1] if axis == 1 else picture[:, ::-1]
        found.append(picture)
    return np.array(found)


@pytest.mark.in_turn
@pytest.mark.parametrize(("horizontal", "vertical"), [(True, False), (False, True), (True, True)])
@pytest.mark.slow_on("jax", "tensorflow")
def test_pictures_are_flipped_one_by_one(images, everywhere, horizontal, vertical):
    found = everywhere(RandomFlip(["grey", "colour"], horizontal, vertical), images)
    for name, x in images.items():
        np.testing.assert_array_equal(found[name], flipped(x, horizontal, vertical, 5))
        assert 0 < sum((a != b).any() for a, b in zip(found[name], x, strict=True)) < len(x) + 1


@pytest.mark.once
def test_half_of_them_are():
    x = np.tile(np.arange(2.0, dtype="float32").reshape(1, 1, 2, 1), (20000, 1, 1, 1))
    found = RandomFlip("x")({"x": x}, key_of(1), np)["x"]
    assert np.mean(found[:, 0, 0, 0]) == pytest.approx(0.5, abs=0.02)


@pytest.mark.once
def test_of_the_parts_others_stay(images):
    augment = RandomFlip("grey")
    found = augment(images, key_of(5), np)
    assert augment.parts == ("grey",)
    assert found["colour"] is images["colour"]


@pytest.mark.once
def test_flat_pictures_and_those_without_channels(images):
    x = images["colour"]
    expected = RandomFlip("x")({"x": x}, key_of(5), np)["x"]
    flat = RandomFlip("x", image_shape=(5, 6, 3))({"x": x.reshape(8, -1)}, key_of(5), np)["x"]
    np.testing.assert_array_equal(flat, expected.reshape(8, -1))
    grey = RandomFlip("x")({"x": x[..., 0]}, key_of(5), np)["x"]
    np.testing.assert_array_equal(grey, expected[..., 0])


@pytest.mark.once
def test_what_is_no_picture():
    from triceras.errors import UserError

    for shape in ((8, 90), (8,), (8, 2, 3, 4, 5)):
        with pytest.raises(UserError, match="the part 'x' has examples of shape"):
            RandomFlip("x", image_shape=(5, 6, 1))({"x": np.zeros(shape)}, key_of(0), np)
