import numpy as np
import pytest
from scipy import stats

from triceras.reporting import differences as module
from triceras.reporting.differences import differences
from triceras.testing.many_runs import write_grid, write_run

from .conftest import RATE, UNITS, loss

pytestmark = pytest.mark.once


def test_settings_are_compared_seed_by_seed(grid, compared):
    one = compared(grid)
    table = one.differences
    assert table.height == 6
    groups = one.results.groups
    for row in table.iter_rows(named=True):
        pair = [groups.row(row[side] - 1, named=True) for side in ("setting", "against")]
        settings = [{key: each[f"settings.{key}"] for key in (RATE, UNITS)} for each in pair]
        x, y = (np.array([loss(one, seed) for seed in range(4)]) for one in settings)
        assert (row["pairs"], row["difference"]) == (4, pytest.approx((x - y).mean()))
        theirs = stats.ttest_rel(x, y)
        ends = theirs.confidence_interval(0.95)
        assert (row["low"], row["high"]) == pytest.approx((ends.low, ends.high))
        assert row["p"] == pytest.approx(theirs.pvalue)
    # The seeds scatter by more than a unit, which pairs take out.
    assert table["sd"].max() < 0.5 < groups["val_loss_sd"].min()


def test_only_shared_seeds_count(tmp_path, compared):
    for seed, value in enumerate((1.0, 2.0, 30.0)):
        write_run(tmp_path, {UNITS: 32}, seed, value)
    for seed, value in ((0, 2.0), (1, 3.5), (7, 0.0)):
        write_run(tmp_path, {UNITS: 64}, seed, value)
    one = compared(tmp_path)
    (row,) = one.differences.iter_rows(named=True)
    assert (row["pairs"], row["difference"]) == (2, pytest.approx(-1.25))
    assert any("not all settings have the same seeds" in note for note in one.notes)


def test_pairs_are_of_the_same_other_settings(tmp_path, compared):
    write_grid(tmp_path, {RATE: [1.0, 2.0], UNITS: [32, 64]}, range(3), lambda s, seed: s[RATE])
    # A run of one setting alone would move its mean.
    write_run(tmp_path, {RATE: 1.0, UNITS: 9999}, 0, 100.0)
    one = compared(tmp_path, by=(RATE,))
    (row,) = one.differences.iter_rows(named=True)
    assert abs(row["difference"]) == 1.0
    assert any("only the paired differences can be trusted" in note for note in one.notes)


def test_of_many_settings_each_is_compared_with_the_best(grid, compared, monkeypatch):
    one = compared(grid)
    monkeypatch.setattr(module, "ALL_PAIRS", 3)
    table = differences(one.results)
    assert table["against"].to_list() == [1, 1, 1]
    assert (table["p_holm"] >= table["p"]).all()


def test_no_shared_seed_is_no_difference(tmp_path, compared):
    write_run(tmp_path, {UNITS: 32}, 0, 1.0)
    write_run(tmp_path, {UNITS: 64}, 1, 2.0)
    one = compared(tmp_path)
    assert one.differences.height == 0
    assert "they share no seed" in one.verdict[1]


@pytest.mark.parametrize("values", [(0.9, 0.92, 0.94), (0.1, 0.7, 0.9)])
def test_what_rounding_leaves_is_no_spread(tmp_path, compared, values):
    for seed, value in enumerate(values):
        write_run(tmp_path, {UNITS: 32}, seed, value)
        write_run(tmp_path, {UNITS: 64}, seed, float(np.float32(value + 0.02)))
    (row,) = compared(tmp_path).differences.iter_rows(named=True)
    assert row["difference"] == pytest.approx(0.02, rel=1e-5)
    assert row["sd"] == 0
    assert row["p"] is None


def test_what_rounding_leaves_is_no_difference(tmp_path, compared):
    for seed, value in enumerate((0.9, 0.92, 0.94)):
        write_run(tmp_path, {UNITS: 32}, seed, value)
        write_run(tmp_path, {UNITS: 64}, seed, value + 1e-7)
        write_run(tmp_path, {UNITS: 128}, seed, value + 0.02)
    one = compared(tmp_path)
    row = one.differences.row(0, named=True)
    assert (row["difference"], row["sd"]) == (0, 0)
    assert "and as good: batch_size=64" in one.verdict[0]
    assert one.verdict[1].startswith("the next is batch_size=128; ")
