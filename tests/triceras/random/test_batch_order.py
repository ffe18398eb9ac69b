import numpy as np
import pytest
from scipy import stats

from triceras.random.batch_order import batch_keys, permutation

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("seed", "epoch", "order"),
    [
        (0, 0, [9, 7, 1, 0, 8, 6, 2, 3, 4, 5]),
        (0, 1, [2, 5, 1, 8, 9, 6, 4, 3, 0, 7]),
        (1, 0, [3, 8, 0, 4, 2, 9, 5, 6, 1, 7]),
    ],
)
def test_golden_permutations(seed, epoch, order):
    assert permutation(seed, epoch, 10).tolist() == order


@pytest.mark.parametrize("size", [0, 1, 2, 4000, 60_000])
def test_each_row_comes_once(size):
    order = permutation(3, 5, size)
    assert order.dtype == np.int64
    np.testing.assert_array_equal(np.sort(order), np.arange(size))


@pytest.mark.slow
def test_a_row_falls_anywhere_over_the_epochs():
    positions = np.array([np.argmax(permutation(0, epoch, 10) == 0) for epoch in range(2000)])
    assert stats.chisquare(np.bincount(positions, minlength=10)).pvalue > 0.01


def test_epochs_and_seeds_are_uncorrelated():
    orders = [permutation(seed, epoch, 2000) for seed in range(4) for epoch in range(4)]
    correlations = np.corrcoef(orders)[np.triu_indices(16, 1)]
    assert np.abs(correlations).max() < 4 / np.sqrt(2000)


def test_golden_batch_keys():
    keys = batch_keys(0, 0, 2)
    assert keys.dtype == np.int32
    assert keys.tolist() == [[1943257888, 1834340320], [1660804721, -1221652656]]


def test_each_batch_of_each_epoch_and_seed_has_its_own_key():
    keys = [batch_keys(seed, epoch, 500) for seed in range(4) for epoch in range(4)]
    assert len(np.unique(np.concatenate(keys), axis=0)) == 4 * 4 * 500


def test_a_shorter_epoch_has_the_same_first_keys():
    np.testing.assert_array_equal(batch_keys(2, 3, 7), batch_keys(2, 3, 9)[:7])
    assert batch_keys(2, 3, 0).shape == (0, 2)
