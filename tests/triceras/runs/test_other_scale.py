import logging

import numpy as np
import pytest

from triceras.data.dataset import Dataset, Split
from triceras.runs.other_scale import warn_of_another_scale
from triceras.runs.trained_rows import keep

PIXELS = np.random.default_rng(0).uniform(size=(60, 4, 4)).astype("float32")
PIXELS[:, 0, 0] = 1
BYTES = np.round(255 * PIXELS).astype("uint8")


def split(rows):
    return Split({"pixels": rows})


def told(folder, caplog, own, other):
    keep(folder, Dataset("own", split(own[:40]), None, split(own[40:])), ["pixels"])
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        warn_of_another_scale(folder, "other", [split(other)], ["pixels"])
    return caplog.text


@pytest.mark.once
def test_pixels_of_another_scale_are_told(tmp_path, caplog):
    message = "'pixels' of other, as the model is given it, has numbers up to 255, and what the run"
    assert message in told(tmp_path, caplog, PIXELS, BYTES)
    assert message in told(tmp_path, caplog, PIXELS, BYTES[:1].astype("float32"))
    assert "up to 1, and what" in told(tmp_path, caplog, BYTES, PIXELS)


@pytest.mark.once
def test_a_column_alone_is_told(tmp_path, caplog):
    table = np.array([1.0, 1e6], "float32") * np.random.default_rng(1).normal(size=(60, 2))
    other = np.array([1e3, 1.0]) * table
    said = told(tmp_path, caplog, table.astype("float32"), other.astype("float32"))
    assert " in column 0, counted from 0, and what the run was trained on had up to" in said


@pytest.mark.once
@pytest.mark.parametrize(("factor", "column"), [(1e-3, 0), (1e-3, 1), (1e3, 0), (0.1, None)])
def test_a_column_in_another_unit_is_told_where_columns_are_scaled(
    factor, column, tmp_path, caplog
):
    rows = np.random.default_rng(1).normal([650.0, 40_000.0], [120.0, 9_000.0], (60, 2))
    scale = {"mean": rows.mean(0).tolist(), "deviation": rows.std(0).tolist()}

    def scaled(table):
        return split(((table - scale["mean"]) / scale["deviation"]).astype("float32"))

    keep(tmp_path, Dataset("own", scaled(rows), None, scaled(rows[40:])), ["pixels"])
    other = rows.copy()
    other[:, column or 0] *= factor
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        warn_of_another_scale(tmp_path, "other", [scaled(other)], ["pixels"], {"pixels": scale})
    told = f" in column {column}, counted from 0, and what the run was trained on had up to"
    assert (told in caplog.text) == (column is not None)
    assert ("other, before it is scaled, has" in caplog.text) == (column is not None and factor < 1)
    assert bool(caplog.text) == (column is not None)


@pytest.mark.once
def test_others_are_not(tmp_path, caplog):
    assert not told(tmp_path, caplog, PIXELS, 3 * PIXELS[:30] - 1)
    # One dark picture.
    assert not told(tmp_path, caplog, BYTES, BYTES[:1] // 100)


@pytest.mark.once
def test_a_run_of_before_says_nothing(tmp_path, caplog):
    np.savez(tmp_path / "trained_rows.npz", hashes=np.zeros(1, np.uint64), rows=1, usual=0.0)
    warn_of_another_scale(tmp_path, "other", [split(BYTES)], ["pixels"])
    assert not caplog.text
