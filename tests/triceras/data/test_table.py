import numpy as np
import pytest

from triceras.data import split_table
from triceras.errors import UserError

pytestmark = pytest.mark.once

X = np.arange(40, dtype="float32").reshape(20, 2)
Y = np.arange(20, dtype="int32") % 3
USUAL = {"validation_size": 4, "test_size": 6, "split_seed": 0, "limit": None}


def test_each_row_is_in_one_split_with_its_label():
    data = split_table("table", X, Y, **USUAL, classes=3)
    parts = (data.train, data.validation, data.test)
    assert [len(part) for part in parts] == [10, 4, 6]
    rows = np.concatenate([part["features"] for part in parts])
    labels = np.concatenate([part["label"] for part in parts])
    order = np.argsort(rows[:, 0])
    np.testing.assert_array_equal(rows[order], X)
    np.testing.assert_array_equal(labels[order], Y)


def test_what_it_says_of_itself():
    data = split_table("table", X, Y, **USUAL, classes=3)
    assert (data.name, data.classes, data.image_shape) == ("table", 3, None)
    other = split_table("table", X + 1, Y, **USUAL, classes=3)
    assert data.sha256 != other.sha256


def test_the_seed_says_which_row_goes_where():
    first, same, other = (
        split_table("table", X, Y, **{**USUAL, "split_seed": seed}).train["features"]
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)


def test_a_limit_takes_of_training_rows_alone():
    data = split_table("table", X, Y, **{**USUAL, "limit": 3})
    assert [len(part) for part in (data.train, data.validation, data.test)] == [3, 4, 6]


def test_no_validation():
    assert split_table("table", X, Y, **{**USUAL, "validation_size": 0}).validation is None


def test_labels_need_not_be_classes():
    y = np.linspace(-1, 1, 60, dtype="float32").reshape(20, 3)
    data = split_table("table", X, y, **USUAL)
    assert data.classes is None
    assert data.train["label"].shape == (10, 3)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"x": X[:0], "y": Y[:0]}, "table, train has no row: look at what data= reads"),
        ({"y": Y[:-1]}, "20 inputs and 19 labels do not make a table"),
        ({"y": Y[:, None], "classes": 3}, r"labels of shape \(20, 1\) .* are no classes"),
        ({"y": Y, "classes": 2}, "from 0 to 2 are no classes; wanted are 0 to 1"),
        ({"y": Y - 1, "classes": 3}, "from -1 to 1 are no classes"),
        ({"test_size": 16}, "no row is left to train on, as table has 20"),
        ({"test_size": 0}, "data.test_size=0"),
        ({"split_seed": -1}, "data.split_seed=-1"),
        ({"limit": 0}, "data.limit=0"),
    ],
)
def test_what_is_no_table(changes, reason):
    with pytest.raises(UserError, match=reason):
        split_table("table", **{"x": X, "y": Y, **USUAL, **changes})
