import numpy as np
import pytest

from triceras.data.bucket_order import composed, run_length
from triceras.random.batch_order import permutation

pytestmark = pytest.mark.once

BUCKETS = np.random.default_rng(0).integers(0, 3, 1000)
SIZE = 8


def epoch(number):
    rows = permutation(0, number, 1000)
    return rows, composed(rows, BUCKETS, SIZE, np.random.default_rng(number).permutation(125))


def test_an_epoch_takes_each_row_once():
    rows, steps = epoch(0)
    assert sorted(steps.ravel()) == sorted(rows)
    assert not np.array_equal(steps, epoch(1)[1])


def test_all_batches_but_one_of_each_bucket_are_of_one_bucket():
    steps = BUCKETS[epoch(0)[1]]
    mixed = steps[steps.min(axis=1) < steps.max(axis=1)]
    assert len(mixed) <= 2
    assert set(mixed.max(axis=1)) <= {1, 2}


def test_a_row_too_many_of_the_short_is_among_the_long():
    buckets = np.array([0, 1, 0, 1, 0, 1, 1, 1])
    steps = composed(np.arange(8), buckets, 2, np.arange(4))
    assert steps.tolist() == [[0, 2], [1, 3], [4, 5], [6, 7]]


def test_the_short_and_the_long_take_turns():
    shapes = BUCKETS[epoch(0)[1]].max(axis=1)
    assert run_length(125, 3) == 5
    runs = np.flatnonzero(np.diff(shapes)) + 1
    assert len(runs) > 10
    assert set(shapes[:60]) == {0, 1, 2}


@pytest.mark.parametrize(("steps", "length"), [(1, 1), (48, 2), (10_000, 16)])
def test_runs_are_long_where_there_are_steps_enough(steps, length):
    assert run_length(steps, 3) == length
