import pytest

from triceras.testing.many_runs import write_run

from .conftest import UNITS

pytestmark = pytest.mark.once


def versions(**found):
    return {"versions": {"keras": "3.15.1", "jax": "0.10", **found}}


@pytest.mark.parametrize(
    ("records", "told"),
    [
        ([versions(), versions(keras="3.16")], "several versions are together: keras 3.15.1 (1)"),
        ([{"git": {"commit": "a" * 40}}, {"git": {"commit": "b" * 40}}], "several commits"),
        ([{"git": {"commit": "a", "dirty": True}}, {"git": {"commit": "a"}}], "not committed"),
        ([{"host": "one"}, {"host": "two"}], "2 machines, whose speeds are not comparable"),
        ([{"backend": "jax", "resumptions": [{"backend": "torch"}]}, {}], "1 run went on with"),
        ([{"resumed_from": {"step": 1}}, {}], "seconds of resumed runs (1) are of their last part"),
    ],
)
def test_what_differs_is_said(tmp_path, compared, records, told):
    for seed, record in enumerate(records):
        write_run(tmp_path, {}, seed, 100.0 + seed, **record)
    (note,) = compared(tmp_path).notes
    assert told in note


def test_nothing_to_say(tmp_path, compared):
    for seed in range(2):
        write_run(tmp_path, {}, seed, 100.0 + seed)
    assert compared(tmp_path).notes == []


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("model.network.kl_weight", True),
        ("model.loss_weights.ink", True),
        ("model.loss._target_", True),
        ("model.network.beta", True),
        ("optimizer.weight_decay", False),
        ("optimizer.loss_scale_factor", False),
        ("optimizer.beta_1", False),
    ],
)
def test_a_loss_that_is_another_one_in_each_setting_is_told(tmp_path, compared, key, told):
    for value in ("0.5", "1.0"):
        for seed in range(2):
            write_run(tmp_path, {key: value}, seed, float(value), metrics={"accuracy": 0.5 + seed})
    expected = f"settings differ in {key}, with which val_loss is computed"
    assert any(note.startswith(expected) for note in compared(tmp_path).notes) == told
    other = compared(tmp_path, monitor="accuracy", mode="max").notes
    assert not any("settings differ in" in note for note in other)


def test_seeds_that_change_nothing(tmp_path, compared):
    for seed in range(2):
        write_run(tmp_path, {}, seed, 1.0)
    (note,) = compared(tmp_path).notes
    assert "all seeds gave the same val_loss: is the seed used?" in note


def test_single_seeds_other_data_and_other_lengths(tmp_path, compared):
    write_run(tmp_path, {UNITS: 32}, 0, 1.0, epochs=2)
    write_run(tmp_path, {UNITS: 32}, 1, 2.0, epochs=3)
    write_run(tmp_path, {UNITS: 64}, 0, 1.0, data_sha256="1" * 64)
    told = "\n".join(compared(tmp_path).notes)
    for part in (
        "settings of one seed: 1 of 2",
        "2 different data among these runs",
        "in 1 setting runs took different numbers of steps",
    ):
        assert part in told


@pytest.mark.parametrize("metric", ["val_accuracy", "val_mean_iou", "f1_score"])
@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([0.3, 0.5], ["goes below 0", "goes above 1"]),
        ([0.95, 0.99], ["goes above 1"]),
        ([-0.01, 0.03], []),
        ([0.50, 0.51], []),
    ],
)
def test_an_interval_that_holds_what_cannot_be_is_explained(
    tmp_path, compared, metric, values, told
):
    for seed, value in enumerate(values):
        write_run(tmp_path, {}, seed, metrics={metric: value})
    notes = compared(tmp_path, monitor=metric, mode="max").notes
    bounds = [note for note in notes if "Student's knows no bounds" in note]
    assert len(bounds) == len(told)
    assert all(part in note for part, note in zip(told, bounds, strict=True))
