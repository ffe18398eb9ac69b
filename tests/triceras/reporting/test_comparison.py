import pytest

from triceras.errors import UserError
from triceras.reporting.comparison import numbers
from triceras.testing.many_runs import write_run

from .conftest import RATE, UNITS

pytestmark = pytest.mark.once


def test_experiments_are_not_compared_unless_it_is_asked_for(tmp_path, report_on):
    for name in ("a", "b"):
        write_run(tmp_path, {"experiment": name}, 0, 1.0)
    report = report_on(tmp_path)
    assert [one.results.comparison.experiment for one in report.compared] == ["a", "b"]
    assert "say nothing of each other" in report.notes[-1]
    (one,) = report_on(tmp_path, by=("experiment",)).compared
    assert one.results.comparison.keys == {"experiment": ["a", "b"]}


def test_nor_are_runs_that_are_judged_by_different_metrics(tmp_path, report_on):
    for name in ("val_loss", "test_loss"):
        write_run(tmp_path, {"monitor": name}, 0, 1.0)
    assert len(report_on(tmp_path).compared) == 2
    assert len(report_on(tmp_path, monitor="loss", mode="min").compared) == 1


def test_a_metric_that_some_runs_lack_is_not_mixed_with_another(tmp_path, compared):
    write_run(tmp_path, {UNITS: 32}, 0, 1.0)
    folder = write_run(tmp_path, {UNITS: 64}, 0, 1.0)
    path = folder / "summary.json"
    path.write_text(path.read_text().replace("val_loss", "other"))
    one = compared(tmp_path)
    assert one.results.groups["n"].to_list() == [1, 0]
    assert any(note.startswith("some of these runs have no val_loss") for note in one.notes)


def test_runs_of_one_setting_and_different_data_are_told_apart(tmp_path, compared):
    for seed, data in enumerate(("a" * 64, "b" * 64, "b" * 64)):
        write_run(tmp_path, {}, seed, 1.0 + seed, data_sha256=data)
    one = compared(tmp_path)
    assert one.results.groups["settings.data_sha256"].to_list() == ["a" * 8, "b" * 8]
    assert any("had different data" in note for note in one.notes)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"by": ("optimizer.rate",)}, "by=optimizer.rate is no setting of these runs"),
        ({"monitor": "val_los", "mode": "min"}, "did you mean val_loss"),
        ({"monitor": "val_los"}, "did you mean val_loss"),
        ({"monitor": "test_loss"}, "add mode=min if less of it is better"),
        ({"mode": "least"}, "mode=least is unknown: use one of min, max"),
    ],
)
def test_what_cannot_be_is_one_line(tmp_path, report_on, settings, message):
    write_run(tmp_path, {RATE: 1.0}, 0)
    with pytest.raises(UserError, match=message):
        report_on(tmp_path, **settings)


def test_true_is_not_one():
    assert numbers({"x": [True, 1, False, 0], "y": [1, 1, 1, 1]}, 4) == (0, 1, 2, 3)


def test_a_setting_that_one_experiment_lacks_can_be_asked_for(tmp_path, report_on):
    write_run(tmp_path, {"experiment": "a"}, 0, 1.0)
    for units in (1, 2):
        write_run(tmp_path, {"experiment": "b", "model.x": units}, 0, 1.0)
    found = {
        one.results.comparison.experiment: sorted(one.results.comparison.keys["model.x"])
        for one in report_on(tmp_path, by=("model.x",)).compared
    }
    assert found == {"a": ["(absent)"], "b": [1, 2]}
