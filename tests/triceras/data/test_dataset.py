import numpy as np
import pytest

from triceras.data.dataset import Dataset, Split
from triceras.data.rows_on_disk import RowsOnDisk
from triceras.errors import UserError

pytestmark = pytest.mark.once

X, Y = np.arange(12, dtype="float32").reshape(3, 4), np.array([5, 6, 7], "int32")


@pytest.fixture
def split():
    return Split({"x": X, "y": Y})


def test_a_split_is_as_long_as_its_parts(split):
    assert len(split) == 3
    assert not Split({"x": np.zeros((0, 4))})


def test_rows_of_the_parts_that_are_wanted(split):
    taken = split.take(np.array([2, 0]), ["y"])
    assert list(taken) == ["y"]
    assert taken["y"].tolist() == [7, 5]
    assert list(split.take(slice(1))) == ["x", "y"]
    assert len(split.first(2)) == 2


def test_what_a_split_says_of_its_parts(split):
    assert (split.shape("x"), split.shape("y")) == ((4,), ())
    assert (split.dtype("x"), split.dtype("y")) == ("float32", "int32")
    assert split.nbytes(["x", "y"]) == 3 * 5 * 4
    assert split.nbytes(["y"]) == 3 * 4


def test_rows_on_disk_are_not_in_memory(tmp_path):
    (tmp_path / "rows").write_bytes(bytes(6))
    rows = RowsOnDisk(tmp_path / "rows", 0, (2,), np.arange(3))
    split = Split({"x": rows, "y": Y})
    assert split.in_memory(["y"])
    assert not split.in_memory(["x", "y"])


def test_what_is_no_split_is_told():
    with pytest.raises(UserError, match=r"made of named arrays, .* not of ndarray"):
        Split(X)  # pyright: ignore[reportArgumentType]
    with pytest.raises(UserError, match="not of none"):
        Split({})
    with pytest.raises(UserError, match=r"differ in length \(3 of x, 2 of y\)"):
        Split({"x": X, "y": Y[:2]})
    with pytest.raises(UserError, match="no part 'z', but x, y"):
        Split({"x": X, "y": Y}).take(slice(1), ["z"])


def test_nothing_is_augmented_unless_the_source_says_so(split):
    data = Dataset("name", split, None, split, 10, (2, 2, 1), None)
    assert not data.augment
    assert data != Dataset("name", split, None, split, 10, (2, 2, 1), None)
