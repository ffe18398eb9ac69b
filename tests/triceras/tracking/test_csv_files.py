import csv
import time
from pathlib import Path

import numpy as np
import pytest

from triceras.errors import UserError
from triceras.tracking.csv_files import CsvFiles

pytestmark = pytest.mark.once


@pytest.fixture
def tracker(folder, run):
    tracker = CsvFiles()
    tracker.start(folder, {}, run)
    yield tracker
    tracker.finish("finished", {}, None)


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.reader(file))


def test_the_files_are_exactly_these(folder, tracker):
    tracker.log_steps(0, {"loss": np.float32([0.1, 2]), "running_accuracy": np.float32([0.5, 1])})
    tracker.log_steps(2, {"loss": np.float32([1e-9]), "running_accuracy": np.float32([0.75])})
    tracker.log_epoch(0, 3, {"loss": 0.1, "accuracy": 0.75, "val_loss": 0.3, "val_accuracy": 1.0})
    tracker.log_epoch(1, 6, {"loss": 0.0, "accuracy": 1.0, "val_loss": 0.2, "val_accuracy": 1.0})
    assert (folder / "steps.csv").read_text() == (
        "step,loss,running_accuracy\n0,0.1,0.5\n1,2.0,1.0\n2,1e-09,0.75\n"
    )
    assert (folder / "epochs.csv").read_text() == (
        "epoch,step,loss,accuracy,val_loss,val_accuracy\n"
        "0,3,0.1,0.75,0.3,1.0\n"
        "1,6,0.0,1.0,0.2,1.0\n"
    )


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_numbers_read_back_as_the_same_bits(folder, tracker, dtype):
    whole = f"uint{np.dtype(dtype).itemsize * 8}"
    bits = np.random.default_rng(0).integers(0, np.iinfo(whole).max, 2000, dtype=whole)
    values = bits.view(dtype)
    # Numbers below the smallest normal one are 0 to a process in which PyTorch trains.
    values = values[np.isfinite(values) & (np.abs(values) >= np.finfo(dtype).tiny)]
    tracker.log_steps(0, {"loss": values})
    read = np.array([row[1] for row in rows_of(folder / "steps.csv")[1:]], dtype="float64")
    np.testing.assert_array_equal(read.astype(dtype).view(whole), values.view(whole))


def test_an_epoch_of_float32_reads_back_as_the_same_bits(folder, tracker):
    value = float(np.float32(0.1))
    tracker.log_epoch(0, 1, {"loss": value})
    assert float(rows_of(folder / "epochs.csv")[1][2]) == value


def test_log_every_keeps_every_nth_step(folder, run):
    tracker = CsvFiles(log_every=4)
    tracker.start(folder, {}, run)
    for first in range(0, 9, 3):
        tracker.log_steps(first, {"loss": np.arange(first, first + 3)})
    assert rows_of(folder / "steps.csv") == [["step", "loss"], ["0", "0"], ["4", "4"], ["8", "8"]]


def test_log_every_is_checked():
    with pytest.raises(UserError, match=r"^log_every=0 "):
        CsvFiles(log_every=0)


def test_each_call_is_in_the_file_when_it_returns(folder, tracker):
    for step in range(3):
        tracker.log_steps(step, {"loss": np.ones(1)})
        tracker.log_epoch(step, step + 1, {"loss": 1.0})
        assert len(rows_of(folder / "steps.csv")) == step + 2
        assert len(rows_of(folder / "epochs.csv")) == step + 2


def test_columns_that_come_and_go_stay_in_their_place(folder, tracker, warnings_given):
    tracker.log_epoch(0, 1, {"loss": 0.5, "val_loss": 0.6})
    tracker.log_epoch(1, 2, {"learning_rate": 0.1, "loss": 0.4})
    tracker.log_epoch(2, 3, {"learning_rate": 0.1, "val_loss": 0.3, "loss": 0.2})
    assert rows_of(folder / "epochs.csv")[1:] == [
        ["0", "1", "0.5", "0.6"],
        ["1", "2", "0.4", ""],
        ["2", "3", "0.2", "0.3"],
    ]
    assert warnings_given() == [
        f"{folder / 'epochs.csv'} leaves out learning_rate, which came after its first row"
    ]


def test_a_run_never_writes_over_another_ones_files(folder, run, warnings_given):
    (folder / "steps.csv").write_text("step,loss\n0,1.0\n")
    tracker = CsvFiles()
    tracker.start(folder, {}, run)
    tracker.log_steps(0, {"loss": np.zeros(2)})
    tracker.finish("finished", {}, None)
    assert (folder / "steps.csv").read_text() == "step,loss\n0,1.0\n"
    assert "File exists" in warnings_given()[0]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_does_not_stop_the_run(folder, run, warnings_given):
    tracker = CsvFiles()
    tracker.start(folder, {}, run)
    tracker.steps.file.close()
    tracker.steps.file = open("/dev/full", "w")  # noqa: SIM115 - the tracker closes it
    for step in range(3):
        tracker.log_steps(step, {"loss": np.zeros(1)})
    tracker.log_epoch(0, 3, {"loss": 0.0})
    tracker.finish("finished", {}, None)
    assert warnings_given() == [
        f"cannot write {folder / 'steps.csv'}: No space left on device; the run goes on without"
    ]
    assert len(rows_of(folder / "epochs.csv")) == 2


@pytest.mark.parametrize("steps_per_call", [1, 100])
def test_an_epoch_costs_nothing_worth_naming(folder, tracker, steps_per_call):
    names = ("loss", "running_loss", "running_kl", "running_accuracy")
    values = {name: np.random.default_rng(0).random(steps_per_call, "float32") for name in names}
    tracker.log_steps(0, values)
    calls = range(0, 400, steps_per_call)
    seconds = []
    for _ in range(5):
        start = time.thread_time()
        for step in calls:
            tracker.log_steps(step, values)
        seconds.append(time.thread_time() - start)
    # The processor's time, the best of five, as the machine has other work; 400 steps train in
    # 150 ms or more.
    assert min(seconds) < 0.02
    assert min(seconds) / len(calls) < 1e-3


def written(folder, run, steps, resumed_from=None):
    tracker = CsvFiles()
    tracker.start(folder, {}, run | {"resumed_from": resumed_from})
    for step in steps:
        tracker.log_steps(step, {"loss": np.float32([step / 3])})
        if step % 2:
            tracker.log_epoch(step // 2, step + 1, {"loss": 0.5})
    tracker.sync()
    tracker.finish("finished", {}, None)
    return [(folder / name).read_bytes() for name in ("steps.csv", "epochs.csv")]


@pytest.mark.parametrize("torn", ["", "5,0.1", "5,0.123\n6,", "step", "5,0.1\n\n\0\0\0\0"])
@pytest.mark.parametrize("step", [0, 2, 4])
def test_a_run_that_goes_on_has_each_step_once(make_folder, tmp_path, run, step, torn):
    whole = written(make_folder(tmp_path / "whole"), run, range(8))
    folder = make_folder(tmp_path / "killed")
    written(folder, run, range(5))
    with open(folder / "steps.csv", "a") as file:
        file.write(torn)
    came_from = {"step": step, "epoch": step // 2}
    assert written(folder, run, range(step, 8), came_from) == whole


def test_a_run_that_goes_on_where_nothing_was_written_yet(folder, run, make_folder, tmp_path):
    whole = written(make_folder(tmp_path / "whole"), run, range(4))
    assert written(folder, run, range(4), {"step": 0, "epoch": 0}) == whole
