import numpy as np
import pytest

from triceras.data.bucketed_split import BucketedSplit
from triceras.data.dataset import Split
from triceras.data.row_hashes import MOST_BYTES, hashes_of, row_hashes, some_of
from triceras.data.rows_on_disk import RowsOnDisk
from triceras.data.stream import load

RANDOM = np.random.default_rng(0)


@pytest.mark.once
def test_rows_that_are_equal_have_equal_hashes_and_no_others():
    rows = RANDOM.normal(size=(2000, 3, 5)).astype("float32")
    labels = RANDOM.integers(0, 3, 2000)
    found = row_hashes([rows, labels])
    assert found.dtype == np.uint64
    assert len(np.unique(found)) == 2000
    order = RANDOM.permutation(2000)
    np.testing.assert_array_equal(row_hashes([rows[order], labels[order]]), found[order])
    assert (row_hashes([rows, labels + 1]) != found).all()
    assert (row_hashes([rows[:, ::-1], labels]) != found).all()


@pytest.mark.once
def test_rows_are_the_same_in_another_form():
    whole = np.arange(12).reshape(3, 4)
    found = row_hashes([whole])
    np.testing.assert_array_equal(row_hashes([whole.astype("int32")]), found)
    np.testing.assert_array_equal(row_hashes([np.pad(whole, ((0, 0), (0, 3)))]), found)
    signed = np.array([[0.0, 1.0], [-0.0, 1.0]])
    assert len(np.unique(row_hashes([signed]))) == 1
    assert len(np.unique(row_hashes([signed.astype("float32")]))) == 1
    assert len(np.unique(row_hashes([np.array([[True], [False]])]))) == 2


@pytest.mark.once
def test_all_rows_or_some_all_over_are_looked_at(monkeypatch):
    split = Split({"x": RANDOM.normal(size=(100, 7)), "y": np.arange(100)})
    whole = hashes_of(split, ["x", "y"])
    assert len(np.unique(whole)) == 100
    np.testing.assert_array_equal(hashes_of(split, ["x", "y"], 10), whole[::10])
    monkeypatch.setattr("triceras.data.row_hashes.AT_ONCE", 64)
    np.testing.assert_array_equal(hashes_of(split, ["x", "y"]), whole)


@pytest.mark.once
def test_less_is_looked_at_where_it_takes_long(tmp_path):
    small = Split({"x": np.zeros((10_000, 2))})
    large = Split({"x": np.broadcast_to(np.float32(0), (5000, 2**16))})
    assert some_of(small, ["x"]) == 4096
    assert some_of(large, ["x"]) == MOST_BYTES // 2**18
    (tmp_path / "rows").write_bytes(bytes(200))
    on_disk = RowsOnDisk(tmp_path / "rows", 0, (2,), np.arange(100))
    assert some_of(Split({"x": on_disk}), ["x"]) == 100
    bucketed = BucketedSplit(Split({"x": np.zeros((100, 2))}), {"x": [1, 2]}, np.zeros(100, int))
    assert some_of(bucketed, ["x"]) == 100

    class Made:
        shape, dtype = (1000, 2), np.dtype("float32")

        def __len__(self):
            return 1000

        def __getitem__(self, rows):
            return np.zeros((1000, 2), "float32")[rows]

    assert some_of(Split({"x": Made()}), ["x"]) == 64
    stream = load(
        source="triceras.testing.small.sources.batches",
        steps_per_epoch=4,
        batch_size=8,
        test_size=9,
    )
    assert some_of(stream.train, ["point"]) == 0
