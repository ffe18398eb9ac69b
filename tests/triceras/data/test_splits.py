import numpy as np
import pytest
from scipy import stats

from triceras.data.splits import partition, random_words

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("sizes", "lengths"),
    [((), [100]), ((30,), [30, 70]), ((30, 20), [30, 20, 50]), ((0, 100), [0, 100, 0])],
)
def test_every_position_is_in_one_part(sizes, lengths):
    parts = partition(100, sizes, seed=0)
    assert [len(part) for part in parts] == lengths
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(100))


def test_the_seed_fixes_the_parts():
    for a, b in zip(partition(50, (9, 9), 3), partition(50, (9, 9), 3), strict=True):
        np.testing.assert_array_equal(a, b)
    assert (partition(50, (9,), 3)[0] != partition(50, (9,), 4)[0]).any()


@pytest.mark.parametrize("sizes", [(), (0,), (0, 0)])
def test_where_nothing_is_held_out_the_stored_order_stays(sizes):
    np.testing.assert_array_equal(partition(9, sizes, seed=0)[-1], np.arange(9))


def test_golden_parts():
    parts = partition(8, (2, 3), seed=0)
    assert [part.tolist() for part in parts] == [[3, 2], [1, 6, 0], [7, 4, 5]]


def test_everyone_is_as_likely_to_be_held_out():
    held_out = np.concatenate([partition(20, (5,), seed)[0] for seed in range(1000)])
    assert stats.chisquare(np.bincount(held_out, minlength=20)).pvalue > 0.01


def test_words_are_fixed_by_seed_and_stream():
    words = random_words(1, stream=2).random_raw(3)
    np.testing.assert_array_equal(words, random_words(1, stream=2).random_raw(3))
    for other in (random_words(2, stream=2), random_words(1, stream=1), random_words(2, stream=1)):
        assert not np.isin(words, other.random_raw(3)).any()
