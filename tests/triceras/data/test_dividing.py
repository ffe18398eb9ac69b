import numpy as np
import pytest

from triceras.data.dividing import VERSION, Division, as_version, version
from triceras.data.splits import partition
from triceras.errors import UserError

pytestmark = pytest.mark.once

CLASSES = np.repeat([0, 1, 2], [50, 30, 20])
# Of 1 to 9 rows each.
GROUPS = np.repeat(np.arange(30), np.arange(30) % 9 + 1)
KINDS = GROUPS % 2


def divided(count=100, classes=None, groups=None, times=None, **changes):
    usual = {"validation_size": 10, "test_size": 20, "split_seed": 0}
    return Division(**(usual | changes)).of("rows", count, classes, groups, times)


def sizes(found):
    return [len(rows) for rows in found]


@pytest.mark.parametrize("folds", [None, 4])
@pytest.mark.parametrize("classes", [None, KINDS])
@pytest.mark.parametrize("groups", [None, GROUPS])
def test_each_row_is_in_one_split_and_the_seed_says_in_which(folds, classes, groups):
    options = {"folds": folds, "fold": folds and 1, "classes": classes, "groups": groups}
    found = divided(len(GROUPS), **options)
    assert sorted(np.concatenate(found).tolist()) == list(range(len(GROUPS)))
    for rows, again in zip(found, divided(len(GROUPS), **options), strict=True):
        np.testing.assert_array_equal(rows, again)
    other = divided(len(GROUPS), **options, split_seed=1)
    assert set(found.test.tolist()) != set(other.test.tolist())


@pytest.mark.parametrize("stream", [None, 0, 1, 4, 5, 6, 7])
@pytest.mark.parametrize("seed", [0, 1, 12345])
def test_rows_that_numpy_drew_with_the_same_seed_are_not_divided_by_their_values(seed, stream):
    drawn = np.random.default_rng(seed if stream is None else [seed, stream]).random(3000)
    options = {"validation_size": 600, "test_size": 600, "split_seed": seed}
    for marks in ({}, {"classes": np.arange(3000) % 3}, {"groups": np.arange(3000)}):
        if marks and stream in (4, 5, 6):
            continue  # of two numbers, which nobody has by accident
        for rows in divided(3000, **options, **marks):
            assert drawn[rows].mean() == pytest.approx(0.5, abs=0.05)


TIMES = np.random.default_rng(0).permutation(np.arange(100) // 3)


def test_what_is_held_out_is_later_and_no_time_is_in_two_splits():
    found = divided(times=TIMES)
    assert sorted(np.concatenate(found).tolist()) == list(range(100))
    assert sizes(found) == [72, 9, 19]
    assert TIMES[found.train].max() < TIMES[found.validation].min()
    assert TIMES[found.validation].max() < TIMES[found.test].min()
    # Of which the first ones, to train on fewer, are of all times.
    assert np.ptp(TIMES[found.train[:20]]) > 15
    other = divided(times=TIMES, split_seed=1)
    for rows, others in zip(found, other, strict=True):
        assert set(rows) == set(others)


def test_there_are_times_enough():
    few = divided(3, times=np.array([2.5, -1, 0]), validation_size=1, test_size=1)
    assert [rows.tolist() for rows in few] == [[1], [2], [0]]
    with pytest.raises(UserError, match=r"leaves no row for validation: .* groups or times for"):
        divided(times=np.arange(100) < 50)


def test_a_run_of_before_keeps_its_rows():
    test, validation, train = partition(100, (20, 10), 0)
    with as_version(1):
        found = divided()
        with as_version(VERSION):
            assert set(divided().test) != set(found.test)
    for rows, expected in zip(found, (train, validation, test), strict=True):
        np.testing.assert_array_equal(rows, expected)
    assert version() == VERSION
    assert set(divided().test) != set(found.test)


def test_shares_of_all_rows():
    assert sizes(divided(validation_size=0.1, test_size=0.25)) == [65, 10, 25]
    assert sizes(divided(7, validation_size=0.01, test_size=0.4)) == [3, 1, 3]


def test_rows_that_are_known_stay_known():
    # Of no version of NumPy: these are in people's runs.
    found = divided(20, classes=np.arange(20) % 3, validation_size=4, test_size=5)
    assert found.test.tolist() == [8, 19, 6, 4, 3]
    assert found.validation.tolist() == [12, 16, 5, 15]


def test_of_kinds_with_the_same_claim_none_is_held_out_by_its_number():
    # One row of each: of the numbers from 0 to 999, tests were those below 100.
    marks = {"classes": np.arange(1000), "test_size": 100, "validation_size": 100}
    for seed in (0, 1):
        found = divided(1000, split_seed=seed, **marks)
        for rows in (found.test, found.validation):
            assert len(rows) == 100
            assert 350 < rows.mean() < 650
    with as_version(2):
        assert sorted(divided(1000, **marks).test) == list(range(100))


def test_every_class_has_its_share():
    found = divided(classes=CLASSES)
    for rows, count in zip(found, (70, 10, 20), strict=True):
        assert np.bincount(CLASSES[rows]).tolist() == [count // 2, count * 3 // 10, count // 5]
    odd = divided(classes=CLASSES, test_size=21)
    assert len(odd.test) == 21
    assert np.abs(np.bincount(CLASSES[odd.test]) - [10.5, 6.3, 4.2]).max() < 1


def test_folds_have_every_row_once_and_every_class_alike():
    for classes in (None, CLASSES):
        folds = [divided(folds=5, fold=i, classes=classes) for i in range(5)]
        assert {len(one.validation) for one in folds} == {16}
        together = np.concatenate([one.validation for one in folds])
        assert sorted(together.tolist()) == sorted(set(range(100)) - set(folds[0].test.tolist()))
        for one in folds:
            np.testing.assert_array_equal(one.test, folds[0].test)
            if classes is not None:
                assert np.bincount(CLASSES[one.validation]).tolist() == pytest.approx(
                    [8, 5, 3], abs=1
                )


@pytest.mark.parametrize("folds", [None, 4])
@pytest.mark.parametrize("classes", [None, KINDS])
def test_no_group_is_in_two_splits(folds, classes):
    count = len(GROUPS)
    found = divided(
        count,
        groups=GROUPS,
        classes=classes,
        test_size=0.2,
        validation_size=0.2,
        folds=folds,
        fold=folds and 2,
    )
    seen = [set(GROUPS[rows].tolist()) for rows in found]
    assert sum(map(len, seen)) == 30
    assert len(found.test) == pytest.approx(0.2 * count, abs=5)
    assert len(found.validation) == pytest.approx(0.2 * count, abs=5)
    if classes is not None:
        assert np.mean(KINDS[found.test]) == pytest.approx(np.mean(KINDS), abs=0.05)


def test_groups_that_are_larger_than_a_split():
    found = divided(30, groups=np.arange(30) // 10, validation_size=1, test_size=1)
    assert sizes(found) == [10, 10, 10]
    with pytest.raises(UserError, match="rows leaves no row for train: there are too few"):
        divided(30, groups=np.arange(30) // 15, validation_size=1, test_size=1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"test_size": -1}, "data.test_size=-1 is unknown"),
        ({"validation_size": 1.5}, "data.validation_size=1.5 is unknown"),
        ({"test_size": True}, "data.test_size=True"),
        ({"test_size": "many"}, "data.test_size=many"),
        ({"test_size": 90}, "no row is left to train on, as rows has 100"),
        ({"test_size": 1.0}, "data.test_size=1.0 is unknown: use a whole number of at least 0, or"),
        ({"folds": 1, "fold": 0}, "data.folds=1 is unknown"),
        ({"folds": 5}, "data.fold=None is unknown: with data.folds=5 use .* from 0 to 4"),
        ({"folds": 5, "fold": 5}, "data.fold=5 is unknown"),
        ({"fold": 1}, "data.fold=1 says nothing without data.folds"),
        ({"split_seed": -1}, "data.split_seed=-1"),
        ({"folds": 90, "fold": 85}, "leaves no row for validation"),
    ],
)
def test_what_cannot_be_divided(changes, message):
    with pytest.raises(UserError, match=message):
        divided(**changes)
