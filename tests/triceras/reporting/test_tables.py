import polars as pl
import pytest

from triceras.reporting.labels import labels
from triceras.reporting.tables import column
from triceras.testing.many_runs import write_run

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("values", "kind", "kept"),
    [
        ([1, 2], pl.Int64, [1, 2]),
        ([1, 0.5, None], pl.Float64, [1.0, 0.5, None]),
        ([True, 1], pl.String, ["true", "1"]),
        (["a", None, 0.1], pl.String, ["a", None, "0.1"]),
        ([2**60 + 1, 1], pl.String, [str(2**60 + 1), "1"]),
        ([None, None], pl.String, [None, None]),
    ],
)
def test_a_column_is_of_numbers_where_they_stay_what_they_are(values, kind, kept):
    found = column("a", values)
    assert (found.dtype, found.to_list()) == (kind, kept)


def test_nothing_is_a_setting_too(tmp_path, compared):
    for seed, value in enumerate((None, 1.0)):
        write_run(tmp_path, {"optimizer.clipnorm": value}, 0, seed)
    assert labels(compared(tmp_path).results.groups) == ["clipnorm=null", "clipnorm=1"]
