import numpy as np
import pytest

from triceras.commands.splits import check_split, in_one
from triceras.data.bucketed_split import BucketedSplit
from triceras.data.dataset import Split
from triceras.errors import UserError

pytestmark = pytest.mark.once


def test_an_unknown_split_is_refused():
    with pytest.raises(UserError, match="split=dev is unknown: use one of test, validation"):
        check_split("dev")


def test_rows_of_several_splits_come_one_after_the_other():
    parts = [Split({"x": np.full(count, count)}, np.arange(count)) for count in (2, 3)]
    whole = in_one(parts)
    assert whole["x"].tolist() == [2, 2, 3, 3, 3]
    assert whole.numbers.tolist() == [0, 1, 0, 1, 2]
    assert in_one(parts[:1]) is parts[0]


def test_each_row_stays_as_long_as_it_is_in_its_own_split():
    def split(buckets):
        rows = np.ones((len(buckets), 12), "float32")
        mask = np.arange(12) < np.array([4, 12])[np.array(buckets)][:, None]
        whole = Split({"x": rows, "x_mask": mask.astype("float32")})
        return BucketedSplit(whole, {"x": [4, 12]}, np.array(buckets))

    # The first has no long row at all.
    whole = in_one([split([0, 0]), split([1, 0])])
    assert isinstance(whole, BucketedSplit)
    lengths = [whole.take(rows, ["x"])["x"].shape for rows in whole.batches(2)]
    assert sorted(lengths) == [(1, 4), (1, 12), (2, 4)]
