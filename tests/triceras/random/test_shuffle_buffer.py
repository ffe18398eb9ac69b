import numpy as np
import pytest

from triceras.random.shuffle_buffer import buffered_permutation

pytestmark = pytest.mark.once


@pytest.mark.parametrize("buffer_size", [1, 2, 10, 99, 100, 1000])
def test_each_row_comes_once(buffer_size):
    order = buffered_permutation(3, 0, 100, buffer_size)
    assert sorted(order) == list(range(100))


def test_buffer_of_one_keeps_the_stored_order():
    np.testing.assert_array_equal(buffered_permutation(0, 0, 20, 1), np.arange(20))


def test_no_row_comes_before_it_is_in_the_buffer():
    order = buffered_permutation(0, 0, 5000, 64)
    assert (order - np.arange(5000)).max() == 63


def test_rows_wait_as_long_as_in_a_buffer_of_that_size():
    """A row is drawn with probability 1/64 in each turn, so it waits 64 turns on average."""
    order = buffered_permutation(0, 0, 50_000, 64)
    entered = np.maximum(np.arange(50_000) - 63, 0)
    drawn = np.argsort(order)
    waits = (drawn - entered)[:49_000]
    assert np.mean(waits + 1) == pytest.approx(64, rel=0.02)


def test_order_follows_from_seed_and_epoch():
    first = buffered_permutation(0, 1, 100, 10)
    np.testing.assert_array_equal(first, buffered_permutation(0, 1, 100, 10))
    assert (first != buffered_permutation(1, 1, 100, 10)).any()
    assert (first != buffered_permutation(0, 2, 100, 10)).any()
