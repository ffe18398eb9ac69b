import keras
import numpy as np

from triceras.checkpoints.callback_state import give, state_of
from triceras.loops.recorder import Recorder
from triceras.runs.epochs import RecordEpochs
from triceras.tracking.tracker import Tracker


class Notebook(Tracker):
    def __init__(self):
        self.epochs = []

    def log_epoch(self, epoch, step, metrics):
        self.epochs.append((epoch, step, dict(metrics)))


def end_epochs(show):
    notebook, recorder = Notebook(), Recorder([])
    callback = RecordEpochs(recorder, [notebook, notebook], show)
    callback.set_params({"epochs": 2})
    for epoch in range(2):
        callback.on_epoch_begin(epoch)
        recorder.begin()
        recorder.record({"loss": np.ones(5)}, {})
        callback.on_epoch_end(epoch, {"loss": keras.ops.convert_to_tensor(0.5), "val_loss": 2})
    return notebook.epochs


def test_each_tracker_is_told_with_the_steps_so_far():
    metrics = {"loss": 0.5, "val_loss": 2.0}
    told = end_epochs(show=False)
    assert told == [(0, 5, metrics), (0, 5, metrics), (1, 10, metrics), (1, 10, metrics)]
    assert type(told[0][2]["loss"]) is float


def test_the_seconds_of_an_epoch_are_those_of_this_process(capsys, monkeypatch):
    clock = iter([100.0, 103.5])
    monkeypatch.setattr("triceras.runs.epochs.clock", lambda: next(clock))
    callback = RecordEpochs(Recorder([]), [], True)
    callback.on_epoch_begin(0)
    # What a run goes on from is given back after its epoch has begun.
    give([callback], {}, [{"class": "RecordEpochs", "state": {"began": 1.0}}])
    callback.on_epoch_end(0, {})
    assert "(3.5 s)" in capsys.readouterr().out
    assert state_of(callback) == {}


def test_shows_a_line_an_epoch_where_asked(capsys):
    end_epochs(show=False)
    assert capsys.readouterr().out == ""
    end_epochs(show=True)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("epoch 2/2  loss 0.5  val_loss 2  (")


def test_a_metric_that_is_no_number_is_named_once(caplog):
    callback = RecordEpochs(Recorder([]), [], False)
    for epoch in range(2):
        callback.on_epoch_end(epoch, {"loss": 1.0, "auc": np.nan, "val_auc": np.inf})
    said = [r.message for r in caplog.records if r.levelname == "WARNING"]
    assert said == ["no number in epoch 1: auc is nan, val_auc is inf"]
