import numpy as np
import pytest

from triceras.augment import Cutout
from triceras.errors import UserError
from triceras.random import key_of, uniform_from_key


def covered(x, size, fill, seed):
    """By the definition, one picture after the other."""
    found = x.copy()
    height, width = x.shape[1:3]
    for picture, (u, v) in zip(found, uniform_from_key(key_of(seed), (len(x), 2), np), strict=True):
        top, left = int(u * height) - size // 2, int(v * width) - size // 2
        picture[max(top, 0) : top + size, max(left, 0) : left + size] = fill
    return found


@pytest.mark.in_turn
@pytest.mark.parametrize(("size", "fill"), [(3, 0.0), (4, 7.0)])
@pytest.mark.slow_on("jax", "tensorflow")
def test_a_square_is_covered(images, everywhere, size, fill):
    found = everywhere(Cutout(["grey", "colour"], size, fill), images)
    for name, x in images.items():
        np.testing.assert_array_equal(found[name], covered(x, size, fill, 5))
        assert (found[name] != x).any()


@pytest.mark.once
@pytest.mark.parametrize("size", [0, 1.5, True])
def test_what_is_no_square(size):
    with pytest.raises(UserError, match="is no side of a square"):
        Cutout("x", size)
