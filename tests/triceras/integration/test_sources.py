"""Runs on data of a user's own: by number and in streams, stopped and gone on with."""

import os
import signal

import numpy as np
import pytest

from triceras.commands.evaluate import evaluate
from triceras.commands.train import train
from triceras.config import compose
from triceras.engines import Engine, host_data
from triceras.loops.recorder import Recorder
from triceras.runs.stop import Interrupted
from triceras.testing.runs import column, run
from triceras.testing.small.sources import columns

HERE = "triceras.testing.small.sources"
SMALL = ("experiment=linear", "batch_size=8", "data.classes=3", "compile=false")
OF_SPLITS = (*SMALL, "data=python", "epochs=2")
PYTHON = (*OF_SPLITS, "data.test_size=9", "data.validation_size=3")
STREAM = (
    *(*SMALL, "data=stream", f"data.source={HERE}.batches", "data.steps_per_epoch=6"),
    *("data.test_size=9", "data.validation_size=3", "epochs=2"),
)
LOOPS = {"custom": ("loop=custom", "loop.steps_per_call=2"), "fit": ("loop=fit",)}


@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.slow
def test_examples_by_number_train_as_arrays_do(loop, backend, tmp_path):
    found = [
        column(run(tmp_path, backend, *PYTHON, *LOOPS[loop], f"data.source={HERE}.{name}", size))
        for name, size in (
            ("columns", "data.memory_mb=1"),
            ("Points", "data.memory_mb=0"),
        )
    ]
    assert len(found[0]) == 12
    assert found[0] == found[1]


def the_same_for_all(split):
    return columns()


@pytest.mark.slow
@pytest.mark.once
def test_a_run_tells_of_splits_that_are_the_same(backend, tmp_path):
    command = (*OF_SPLITS, f"data.source={__name__}.the_same_for_all", "epochs=1")
    outcome = run(tmp_path, backend, *command)
    told = (outcome.folder / "train.log").read_text()
    for pair in ("validation has the same inputs as train", "test has the same inputs as train"):
        assert f"{pair}, all of its first 60" in told


@pytest.mark.in_turn
@pytest.mark.slow
def test_only_so_much_is_read_at_once(backend, tmp_path, monkeypatch):
    command = (*PYTHON, f"data.source={HERE}.Points", "data.memory_mb=0", "epochs=1")
    whole = column(run(tmp_path / "whole", backend, *command))
    fetch, lengths = Engine.fetch, []

    def noted(self, data, chunk):
        lengths.append(len(chunk))
        return fetch(self, data, chunk)

    monkeypatch.setattr(Engine, "fetch", noted)
    # Of points of four numbers, and their labels, eight in a step.
    monkeypatch.setattr(host_data, "AT_ONCE_MB", 2 * 8 * 20 / 2**20)
    assert column(run(tmp_path / "parts", backend, *command)) == whole
    assert lengths == [2, 2, 2]


@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.slow
def test_a_stream_goes_on_where_it_was(loop, backend, tmp_path, monkeypatch):
    whole = column(run(tmp_path / "whole", backend, *STREAM, *LOOPS[loop]))
    record = Recorder.record

    def and_stop(self, *arguments):
        record(self, *arguments)
        if self.step >= 8:
            monkeypatch.setattr(Recorder, "record", record)
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(Recorder, "record", and_stop)
    with pytest.raises(Interrupted):
        run(tmp_path / "cut", backend, *STREAM, *LOOPS[loop])
    (path,) = (tmp_path / "cut").rglob("run.json")
    assert column(train(compose([f"resume={path.parent}"]))) == whole
    assert len(whole) == 12


def with_a_gap(split):
    parts = {name: np.array(array) for name, array in columns().items()}
    parts["point"] = np.where(split == "train", 0.0, 1e-3) + parts["point"]
    if split == "test":
        parts["point"][5, 1] = np.nan
    return parts


@pytest.mark.slow
@pytest.mark.once
def test_a_run_tells_of_test_data_that_are_no_numbers(backend, tmp_path, capsys):
    outcome = run(tmp_path, backend, *OF_SPLITS, f"data.source={__name__}.with_a_gap")
    assert np.isnan(outcome.summary["metrics"]["test_loss"])
    told = "no number on the test data: test_loss is nan, as point of row 5 "
    said = capsys.readouterr().err
    assert told in said
    assert "validation data: " not in said
    evaluate(compose([f"run={outcome.folder}", "checkpoint=last"], "evaluate"))
    assert told in capsys.readouterr().err
