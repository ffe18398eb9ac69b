import keras
import pytest

from triceras.checkpoints import callback_state
from triceras.loops.csv_logs import before, begin_logs, go_on_with_logs
from triceras.runs import record

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def begun(tmp_path):
    record.update(tmp_path, {"status": "running"})


def logged(path, epochs, first=None, append=False):
    """Logs epochs in a process, and then in one that goes on with the epoch `first`."""
    state = [{}, []]
    for numbers in [epochs] if first is None else [epochs, range(first, 4)]:
        callback = keras.callbacks.CSVLogger(path, append=append)
        if numbers is not epochs:
            go_on_with_logs([callback], first, path.parent)
        callback.on_train_begin()
        callback_state.give([callback], *state)
        for epoch in numbers:
            callback.on_epoch_end(epoch, {"loss": 0.5, "val_loss": 0.25})
        # What is killed does not end its training.
        state = callback_state.take([callback])
        callback.csv_file.close()
    return path.read_bytes()


@pytest.mark.parametrize("append", [True, False])
def test_a_resumed_run_has_the_lines_of_one_that_was_never_stopped(tmp_path, append):
    whole = logged(tmp_path / "whole.csv", range(4), append=append)
    # The epoch that was under way, one that had ended after the last checkpoint, and none.
    assert logged(tmp_path / "cut.csv", range(2), 2, append) == whole
    assert logged(tmp_path / "later.csv", range(3), 2, append) == whole
    assert logged(tmp_path / "all.csv", range(4), 4, append) == whole


@pytest.mark.parametrize(
    ("lines", "epoch", "kept"),
    [
        (["epoch,loss\n", "0,1\n", "1,0.5\n", "2,0"], 1, 2),
        (["epoch,loss\n", "0,1\n", "1,1\n", "0,1\n", "1,1\n"], 0, 3),
        (["epoch,loss\n", "0,1\n", "5,1\n", "0,1\n"], 0, 3),
        (["epoch,loss\n"], 0, 1),
        ([], 3, 0),
    ],
)
def test_lines_of_runs_of_before_stay(lines, epoch, kept):
    assert before(lines, epoch, ",") == lines[:kept]


def test_a_run_that_was_stopped_in_its_first_epoch_leaves_those_of_a_run_of_before(tmp_path):
    path = tmp_path / "log.csv"
    lines = logged(path, range(3), append=True)
    callback = keras.callbacks.CSVLogger(path, append=True)
    go_on_with_logs([callback], 0, tmp_path)
    assert path.read_bytes() == lines


@pytest.mark.parametrize("others", [3, 0])
def test_a_line_of_an_epoch_that_is_trained_again_is_not_doubled(tmp_path, others):
    path = tmp_path / "log.csv"
    lines = logged(path, range(others), append=True) if others else b""
    callback = keras.callbacks.CSVLogger(path, append=True)
    begin_logs([callback], tmp_path)
    # The last checkpoint is of its first epoch, or there is none.
    for again in (lambda: go_on_with_logs([callback], 0, tmp_path), None):
        logged(path, range(1), append=True)
        again() if again else begin_logs([callback], tmp_path)
        assert path.read_bytes() == lines
