import numpy as np
import pytest

from triceras.data.bucketed_split import BucketedSplit
from triceras.data.dataset import Split
from triceras.errors import UserError

pytestmark = pytest.mark.once

LENGTHS = np.array([1, 4, 2, 3, 4])


def split(buckets=(0, 1, 0, 1, 1)):
    mask = (np.arange(4) < LENGTHS[:, None]).astype("float32")
    whole = Split({"x": mask[..., None] * 7, "x_mask": mask, "y": np.arange(5)}, np.arange(5) * 10)
    return BucketedSplit(whole, {"x": [2, 4]}, np.array(buckets))


def test_rows_are_as_long_as_the_longest_of_them():
    short, long = split().take(np.array([2, 0])), split().take(np.array([0, 3]))
    assert (short["x"].shape, short["x_mask"].shape) == ((2, 2, 1), (2, 2))
    assert (long["x"].shape, long["x_mask"].shape) == ((2, 4, 1), (2, 4))
    assert short["y"].tolist() == [2, 0]
    assert split().take_step(0, np.array([2, 0]), ["x"])["x"].shape == (2, 2, 1)
    assert list(split().take([0], ["y"])) == ["y"]


def test_its_parts_have_no_one_length():
    assert split().shape("x") == (None, 1)
    assert split().shape("x_mask") == (None,)
    assert split().shape("y") == ()
    assert split()["x"][:].shape == (5, 4, 1)
    assert not split().in_memory(["y"])


def test_each_row_is_in_one_batch_of_its_bucket_the_longest_first():
    batches = split().batches(2)
    assert [rows.tolist() for rows in batches] == [[1, 3], [4], [0, 2]]


def test_some_rows_keep_their_buckets_and_numbers():
    some = split().some(np.array([3, 2]))
    assert some.buckets.tolist() == [1, 0]
    assert some.numbers.tolist() == [30, 20]
    assert len(some) == 2


def test_samples_are_of_the_shortest_and_of_the_longest():
    samples = split().samples(np.array([0, 1]), ["x", "y"])
    assert [one["x"].shape for one in samples] == [(2, 2, 1), (2, 4, 1)]


def test_a_row_that_has_grown_since_is_told():
    with pytest.raises(UserError, match=r"data.pad.x=\[2, 4\]: an example is longer than 2"):
        split(buckets=(0, 0, 0, 1, 1)).take(np.array([1]))
