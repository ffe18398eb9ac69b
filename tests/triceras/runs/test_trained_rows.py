import logging

import numpy as np
import pytest

from triceras.data.dataset import Dataset, Split
from triceras.runs.trained_rows import Found, keep, trained_on, warn_of_trained_rows

RANDOM = np.random.default_rng(0)
ROWS = RANDOM.normal(size=(300, 4)).astype("float32")
NAMES = ["x"]


def split(rows):
    return Split({"x": rows, "label": np.zeros(len(rows), int)})


def kept(folder, train, test):
    keep(folder, Dataset("rows", split(train), None, split(test)), NAMES)
    return folder


@pytest.mark.once
def test_rows_are_counted_that_were_trained_on(tmp_path, caplog):
    folder = kept(tmp_path, ROWS[:200], ROWS[200:])
    # As of a file whose rows come in another order.
    other = split(np.concatenate([ROWS[150:200][::-1], ROWS[250:]]))
    found = trained_on(folder, [other], NAMES)
    assert found is not None
    assert (found.rows, found.exact) == (50, True)
    assert trained_on(folder, [other, split(ROWS[:10])], NAMES) == Found(60, True)
    assert trained_on(folder, [split(ROWS[200:])], NAMES) is None
    with caplog.at_level(logging.WARNING):
        assert warn_of_trained_rows(folder, "copy", [split(ROWS[199:])], NAMES) == 1
        assert warn_of_trained_rows(folder, "new", [split(ROWS[200:])], NAMES) is None
    (message,) = [record.getMessage() for record in caplog.records]
    assert message.startswith("1 of these 101 rows of copy are equal to rows that the run was")


@pytest.mark.once
def test_of_many_rows_there_is_an_estimate(tmp_path):
    many = np.arange(40_000, dtype="float32").reshape(-1, 2)
    folder = kept(tmp_path, many[:16_000], many[16_000:])
    found = trained_on(folder, [split(many[RANDOM.permutation(20_000)[:8000]])], NAMES)
    assert found is not None
    assert not found.exact
    assert found.rows == pytest.approx(0.8 * 8000, rel=0.1)
    # By chance, or for one row that comes twice, nothing is said.
    few = np.concatenate([many[16_000:17_000], many[:4]])
    assert trained_on(folder, [split(few)], NAMES) is None


@pytest.mark.once
def test_data_of_few_different_rows_are_told_with_what_is_usual(tmp_path, caplog):
    coarse = RANDOM.integers(0, 3, (600, 3)).astype("float32")
    folder = kept(tmp_path, coarse[:300], coarse[300:450])
    assert "100 % of the test rows of rows are equal to training rows" in caplog.text
    assert trained_on(folder, [split(coarse[450:])], NAMES) == Found(150, True, usual=True)
    with caplog.at_level(logging.WARNING):
        assert warn_of_trained_rows(folder, "new", [split(coarse[450:])], NAMES) == 150
    assert "about as many as of its own test rows: a number" in caplog.text


@pytest.mark.once
def test_a_run_of_before_or_a_stream_knows_none(tmp_path):
    assert trained_on(tmp_path, [split(ROWS)], NAMES) is None


@pytest.mark.once
@pytest.mark.parametrize(("shared", "told"), [(0, None), (30, "30 %"), (100, "100 %")])
def test_the_run_s_own_test_rows_that_are_training_rows_are_told(tmp_path, caplog, shared, told):
    kept(tmp_path, ROWS[:200], np.concatenate([ROWS[:shared], ROWS[200 : 300 - shared]]))
    said = [record.getMessage() for record in caplog.records]
    assert bool(said) == bool(told)
    if told:
        assert said[0].startswith(f"{told} of the test rows of rows are equal to training rows")
