import math

import numpy as np
import pytest
from scipy import stats

from triceras.testing.many_runs import write_grid, write_run

from .conftest import RATE, UNITS, loss

pytestmark = pytest.mark.once


def test_each_setting_has_its_mean_and_interval_over_seeds(grid, compared):
    groups = compared(grid).results.groups
    assert groups["n"].to_list() == [4] * 4
    assert groups["setting"].to_list() == [1, 2, 3, 4]
    assert groups["val_loss_mean"].is_sorted()
    for row in groups.iter_rows(named=True):
        settings = {key: row[f"settings.{key}"] for key in (RATE, UNITS)}
        values = np.array([loss(settings, seed) for seed in range(4)])
        assert row["val_loss_mean"] == pytest.approx(values.mean())
        assert row["val_loss_sd"] == pytest.approx(values.std(ddof=1))
        low, high = stats.t.interval(0.95, 3, values.mean(), stats.sem(values))
        assert (row["val_loss_low"], row["val_loss_high"]) == pytest.approx((low, high))
        assert row["loss_mean"] == pytest.approx(0.9 * values.mean())


def test_more_is_better_where_the_runs_say_so(grid, compared):
    groups = compared(grid, monitor="test_loss", mode="max").results.groups
    assert groups["test_loss_mean"].is_sorted(descending=True)


def test_what_has_no_number_is_counted_and_in_no_mean(tmp_path, compared):
    for seed, value in enumerate((1.0, 2.0, math.nan, math.inf)):
        write_run(tmp_path, {UNITS: 32}, seed, value)
    write_run(tmp_path, {UNITS: 64}, 0, 9.0)
    write_run(tmp_path, {UNITS: 128}, 0, status="failed")
    groups = compared(tmp_path).results.groups
    assert groups["val_loss_mean"].to_list() == [9.0, 1.5, None]
    assert groups["n"].to_list() == [1, 2, 0]
    assert groups["diverged"].to_list() == [0, 2, 0]
    assert groups["failed"].to_list() == [0, 0, 1]


def test_runs_that_failed_as_they_diverged_count_as_such(tmp_path, compared):
    for seed in range(2):
        write_run(tmp_path, {UNITS: 32}, seed, 1.0 + seed)
        write_run(tmp_path, {UNITS: 64}, seed, 8.0 + seed)
    write_run(tmp_path, {UNITS: 32}, 2, status="failed", diverged=True)
    write_run(tmp_path, {UNITS: 32}, 3, math.nan)
    write_run(tmp_path, {UNITS: 64}, 2, status="failed", diverged=False)
    # Of an attempt before this one, and of one that then went on.
    write_run(tmp_path, {UNITS: 64}, 0, status="failed", diverged=True)
    write_run(tmp_path, {UNITS: 64}, 3, status="interrupted", diverged=True)
    one = compared(tmp_path)
    groups = one.results.groups
    assert groups["val_loss_mean"].to_list() == [8.5, 1.5]
    assert groups["diverged"].to_list() == [0, 2]
    assert any(note.startswith("2 runs of 1 setting diverged: ") for note in one.notes)


def test_another_part_of_a_mean_does_not_stand_for_one_that_diverged(tmp_path, compared):
    for rate in (0.01, 0.001):
        write_run(tmp_path, {UNITS: 64, RATE: rate}, 0, 9.0)
    write_run(tmp_path, {UNITS: 32, RATE: 0.01}, 0, status="failed", diverged=True)
    write_run(tmp_path, {UNITS: 32, RATE: 0.001}, 0, 1.0)
    assert compared(tmp_path, by=(UNITS,)).results.groups["diverged"].to_list() == [0, 1]


def test_one_seed_has_no_interval(tmp_path, compared):
    write_run(tmp_path, {}, 0, 1.0)
    row = compared(tmp_path).results.groups.row(0, named=True)
    assert (row["val_loss_mean"], row["val_loss_sd"]) == (1.0, None)
    assert (row["val_loss_low"], row["val_loss_bootstrap_low"]) == (None, None)


def test_a_seed_that_ran_twice_counts_once(tmp_path, compared):
    for place, value in (("a", 1.0), ("b", 3.0)):
        write_run(tmp_path / place, {}, 0, value)
    write_run(tmp_path, {}, 1, 4.0)
    one = compared(tmp_path)
    row = one.results.groups.row(0, named=True)
    assert (row["runs"], row["n"], row["val_loss_mean"]) == (3, 2, 3.0)
    assert any("of another (1) count once" in note for note in one.notes)


def test_means_over_other_settings_are_of_seeds(grid, compared):
    one = compared(grid, by=(RATE,))
    groups = one.results.groups
    assert groups["n"].to_list() == [4, 4]
    values = [
        np.mean([loss({RATE: 0.001, UNITS: units}, seed) for units in (32, 64)])
        for seed in range(4)
    ]
    assert groups["val_loss_mean"][0] == pytest.approx(np.mean(values))
    assert groups["val_loss_sd"][0] == pytest.approx(np.std(values, ddof=1))
    assert one.notes == [f"means are also over {UNITS}: a seed's value is the mean over these"]


def test_a_metric_of_fewer_seeds_says_so(tmp_path, compared):
    write_run(tmp_path, {}, 0, 1.0, metrics={"accuracy": 0.5})
    write_run(tmp_path, {}, 1, 2.0)
    row = compared(tmp_path).results.groups.row(0, named=True)
    assert (row["n"], row["accuracy_n"], row["accuracy_mean"]) == (2, 1, 0.5)
    assert "loss_n" not in row


def test_costs_leave_out_the_seconds_of_resumed_runs(tmp_path, compared):
    write_run(tmp_path, {}, 0)
    folder = write_run(tmp_path, {}, 1, resumed_from={"step": 1, "epoch": 0})
    path = folder / "summary.json"
    path.write_text(path.read_text().replace('"total": 17.0', '"total": 1.0'))
    row = compared(tmp_path).results.groups.row(0, named=True)
    assert (row["seconds.total_mean"], row["steps_per_second_mean"]) == (17.0, 200.0)
    assert (row["step_ms_mean"], row["seconds.compile_mean"]) == (5.0, 2.5)
    assert row["peak_memory_mb_max"] == 512.0


def test_of_many_seeds_too_there_is_a_bootstrap_interval(tmp_path, compared):
    write_grid(tmp_path, {UNITS: [32]}, range(12), loss)
    row = compared(tmp_path).results.groups.row(0, named=True)
    assert row["val_loss_low"] < row["val_loss_bootstrap_low"] < row["val_loss_mean"]
