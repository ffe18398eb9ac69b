import contextlib
import sys
from types import SimpleNamespace

import keras
import pytest

from triceras.checkpoints.checkpoints import Checkpoints
from triceras.errors import UserError
from triceras.loops import callbacks
from triceras.loops.callbacks import check_backups, shows_progress, tell_of_none

pytestmark = pytest.mark.once


@pytest.mark.parametrize("terminal", [True, False])
def test_a_progress_bar_is_for_terminals(monkeypatch, terminal):
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(isatty=lambda: terminal))
    assert shows_progress(SimpleNamespace(progress_bar="auto")) == terminal


def test_a_process_without_output_has_none(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    assert not shows_progress(SimpleNamespace(progress_bar="auto"))


@pytest.mark.parametrize("wanted", [True, False])
def test_what_is_said_counts(wanted):
    assert shows_progress(SimpleNamespace(progress_bar=wanted)) == wanted


@pytest.mark.parametrize(
    ("named", "saved", "typed", "chosen", "told"),
    [
        (["halving"], False, [], "halving", True),
        (["halving", "checkpoints"], True, [], "halving", False),
        ([], False, [], "halving", False),
        (["halving"], False, ["callback.checkpoints"], "halving", False),
        (["halving"], False, [], "none", False),
    ],
)
def test_callbacks_without_checkpoints_are_told_of(
    named, saved, typed, chosen, told, tmp_path, monkeypatch, caplog
):
    monkeypatch.setattr(callbacks, "chosen_in", {"callback": chosen}.get)
    tell_of_none(named, [Checkpoints(tmp_path)] * saved, set(typed))
    said = "callback=halving has no checkpoints: the run can neither go on nor be evaluated"
    assert (said in caplog.text) == told


@pytest.mark.parametrize("left", [True, False])
def test_a_new_run_does_not_begin_with_the_weights_of_another(tmp_path, left):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    backup.set_model(model)
    # As a run does that is killed later, and as one that ends.
    backup.on_epoch_end(0)
    if not left:
        backup.on_train_end()
    with contextlib.ExitStack() as stack:
        if left:
            said = "callback.kept.backup_dir=.* holds the weights of another run"
            stack.enter_context(pytest.raises(UserError, match=said))
        check_backups({"nan": keras.callbacks.TerminateOnNaN(), "kept": backup})
