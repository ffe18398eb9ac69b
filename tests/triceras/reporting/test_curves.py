import numpy as np
import pytest
from scipy import stats

from triceras.reporting import curves as module
from triceras.reporting.curves import curves
from triceras.testing.many_runs import write_run

pytestmark = pytest.mark.once


def rewrite(folder, name, text):
    (folder / name).write_text(text)


def epochs(*losses):
    return "epoch,step,loss,val_loss\n" + "".join(
        f"{i},{10 * (i + 1)},1,{loss}\n" for i, loss in enumerate(losses)
    )


@pytest.fixture
def results_of(tmp_path, compared):
    """The results of runs of one setting, each with a text of its own in a file."""

    def results_of(name, *texts):
        for seed, text in enumerate(texts):
            rewrite(write_run(tmp_path, {}, seed, 1.0 + seed), name, text)
        return compared(tmp_path).results

    return results_of


def test_the_mean_and_its_interval_at_each_epoch(results_of):
    found = curves(results_of("epochs.csv", epochs(4, 3), epochs(6, 4), epochs(8, 8)))
    assert (found.unit, found.metrics) == ("epoch", ["val_loss", "loss"])
    (one,) = found.settings
    assert one["x"] == [1, 2]
    assert one["val_loss"]["mean"] == [6, 5]
    low, high = stats.t.interval(0.95, 2, 6, stats.sem([4, 6, 8]))
    assert one["val_loss"]["low"][0] == pytest.approx(low, rel=1e-5)
    assert one["val_loss"]["high"][0] == pytest.approx(high, rel=1e-5)
    assert (one["val_loss"]["least"], one["val_loss"]["most"]) == ([4, 3], [8, 8])


def test_no_mean_of_those_that_are_left(results_of):
    found = curves(results_of("epochs.csv", epochs(1, 2, 3), epochs(1, "nan", 5), epochs(1, 2)))
    (one,) = found.settings
    assert one["x"] == [1, 2]
    assert one["val_loss"]["mean"] == [1, None]


def test_a_cell_that_is_empty_in_one_run_is_a_gap(results_of):
    (one,) = curves(results_of("epochs.csv", epochs(1, 2), epochs(1, ""))).settings
    assert one["val_loss"]["mean"] == [1, None]


def test_of_one_epoch_the_steps_are_drawn(results_of, monkeypatch):
    monkeypatch.setattr(module, "POINTS", (1, 2))
    text = "step,loss\n" + "".join(f"{i},{i}\n" for i in range(8))
    results = results_of("steps.csv", text, text)
    for run in results.comparison.runs:
        rewrite(run.folder, "epochs.csv", epochs(1))
    found = curves(results)
    assert (found.unit, found.metrics) == ("step", ["loss"])
    assert found.settings[0]["x"] == [4, 8]
    assert found.settings[0]["loss"]["mean"] == [1.5, 5.5]


def test_long_curves_are_thinned_with_both_ends(results_of, monkeypatch):
    monkeypatch.setattr(module, "POINTS", (1, 5))
    (one,) = curves(results_of("epochs.csv", epochs(*range(100)))).settings
    assert one["x"] == [1, 25, 50, 75, 100]
    assert np.allclose(one["val_loss"]["mean"], [0, 24, 49, 74, 99])
    assert one["val_loss"]["low"] == [None] * 5


def test_no_records_are_no_curves(results_of):
    assert curves(results_of("epochs.csv", "", "")).settings == []


def test_many_curves_are_of_fewer_settings_and_points(grid, compared, monkeypatch):
    monkeypatch.setattr(module, "POINTS", (2, 200))
    monkeypatch.setattr(module, "SETTINGS", (3, 48))
    results = compared(grid).results
    some = [curves(results), curves(results, budget=1)]
    assert [(len(one.settings), len(one.settings[0]["x"])) for one in some] == [(4, 20), (3, 2)]
