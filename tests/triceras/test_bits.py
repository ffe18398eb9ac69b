import numpy as np
import pytest

from triceras.bits import LARGE, bits_of, same_bits

ONE = np.array([0.0, np.nan], np.float32)


def test_arrays_of_the_same_bits():
    assert same_bits(ONE, ONE.copy())
    assert same_bits(np.zeros((3, 2))[:, 0], np.zeros(3))


@pytest.mark.parametrize(
    "other", [ONE.astype(float), ONE.view(np.int32), ONE[None], -ONE, ONE[:1], ONE + 1]
)
def test_others(other):
    assert not same_bits(ONE, other)


@pytest.mark.slow_on("tensorflow", "torch")
@pytest.mark.parametrize("count", [3, LARGE])
@pytest.mark.parametrize("kind", ["float32", object])
def test_bits_of_small_and_large_arrays(count, kind):
    array = np.full((2, count), np.nan, kind)
    before = bits_of(array)
    assert bits_of(array) == before == bits_of(array.copy())
    assert bits_of(array.T) == before
    array[1, -1] = 0.0
    assert bits_of(array) != before
