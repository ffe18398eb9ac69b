"""A run that goes on is the run that was never stopped."""

import functools
import json
import os
import shutil
import signal
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from triceras.backend import installed
from triceras.checkpoints.checkpoint_files import read
from triceras.commands.evaluate import evaluate
from triceras.commands.train import train
from triceras.config import compose
from triceras.errors import UserError
from triceras.loops.recorder import Recorder
from triceras.runs import lock, record
from triceras.runs.step_files import step_files
from triceras.runs.stop import Interrupted
from triceras.testing.crossing import compare_crossed
from triceras.testing.kills import compare_killed
from triceras.testing.runs import column, read_json, run

# 10 steps an epoch; a call of 5 steps, so that a stop falls within an epoch.
NOISY = "experiment=autoencoder"
# Where neither the model nor its program matters; 10 steps an epoch, too.
SIMPLE = ("experiment=linear", "batch_size=128", "compile=false")
LOOPS = {
    "custom": ("loop=custom", "loop.steps_per_call=5"),
    "fit": ("loop=fit",),
    "fit_custom_step": ("loop=fit_custom_step",),
}
STEPS = 20
SLOWLY = pytest.mark.slow_on("tensorflow")


def stop_after(monkeypatch, steps, number=signal.SIGTERM):
    """Sends this process a signal once so many steps are recorded."""
    original = Recorder.record

    def and_stop(self, *arguments):
        original(self, *arguments)
        if self.step >= steps:
            monkeypatch.setattr(Recorder, "record", original)
            os.kill(os.getpid(), number)

    monkeypatch.setattr(Recorder, "record", and_stop)


def interrupted(tmp_path, backend, monkeypatch, steps, *overrides):
    """A run that a signal has stopped; returns its folder."""
    stop_after(monkeypatch, steps)
    with pytest.raises(Interrupted, match="SIGTERM"):
        run(tmp_path / "cut", backend, *overrides)
    (path,) = (tmp_path / "cut").rglob("run.json")
    return path.parent


def go_on(folder, *overrides):
    return train(compose([f"resume={folder}", *overrides]))


def final_arrays(folder):
    return read(folder / "checkpoints" / "last.npz").arrays


def assert_same_run(whole, resumed):
    """Every file of numbers, byte for byte, and every variable, bit for bit."""
    for name in ("steps.csv", "epochs.csv"):
        assert (resumed.folder / name).read_bytes() == (whole.folder / name).read_bytes(), name
    before, after = final_arrays(whole.folder), final_arrays(resumed.folder)
    assert before.keys() == after.keys()
    for name in before:
        if not name.startswith("random/"):
            np.testing.assert_array_equal(before[name], after[name], err_msg=name)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory, backend, short):
    """A function that trains to the end in a loop, once for all tests.

    The custom loop has done so in one call, so those that stop are also to show that one seed gives
    the same bits again, in calls of any number of steps.
    """

    @functools.cache
    def train_in(loop):
        if loop == "custom":
            return short
        folder = tmp_path_factory.mktemp(loop)
        return run(folder, backend, NOISY, f"max_steps={STEPS}", *LOOPS[loop])

    return train_in


@pytest.mark.slow_on("jax", "torch")
@pytest.mark.in_turn
@pytest.mark.parametrize(
    ("loop", "steps"),
    # Within an epoch, and where only its end is left.
    [
        pytest.param("custom", 3, marks=SLOWLY),
        pytest.param("fit", 6, marks=pytest.mark.slow),
        pytest.param("fit", STEPS, marks=[pytest.mark.slow, pytest.mark.once]),
        pytest.param("custom", STEPS, marks=[pytest.mark.slow, pytest.mark.once]),
        # It is `fit` but for the step, which is compared with Keras's on each backend.
        pytest.param("fit_custom_step", 6, marks=[pytest.mark.slow, pytest.mark.once]),
    ],
)
def test_a_resumed_run_is_the_uninterrupted_one(
    tmp_path, backend, monkeypatch, uninterrupted, loop, steps
):
    options = (NOISY, f"max_steps={STEPS}", *LOOPS[loop])
    whole = uninterrupted(loop)
    folder = interrupted(tmp_path, backend, monkeypatch, steps, *options)
    newest = read(step_files(folder / "checkpoints")[0]).position
    assert steps <= newest.step <= STEPS
    resumed = go_on(folder, f"backend={backend}")
    assert resumed.folder == folder
    described = read_json(resumed, "run.json")
    assert described["status"] == "finished"
    assert described["resumed_from"]["step"] == newest.step
    assert resumed.summary["steps"] == STEPS
    assert resumed.summary["metrics"] == whole.summary["metrics"]
    assert_same_run(whole, resumed)


@pytest.mark.slow
@pytest.mark.once  # On each backend, the lab's models are tested for the same.
@pytest.mark.parametrize("experiment", ["adversaries", "convolutional"])
def test_other_state_goes_on_too(tmp_path, backend, monkeypatch, experiment):
    # Two optimizers; moving averages and a learning rate that falls.
    options = (f"experiment={experiment}", "batch_size=16", "max_steps=4", "loop.steps_per_call=2")
    whole = run(tmp_path / "whole", backend, *options)
    folder = interrupted(tmp_path, backend, monkeypatch, 2, *options)
    assert read(step_files(folder / "checkpoints")[0]).position.step == 2
    assert_same_run(whole, go_on(folder, f"backend={backend}"))


@pytest.mark.in_turn
@pytest.mark.slow
def test_averaged_weights_go_on(tmp_path, backend, monkeypatch):
    averaging = ("+optimizer.use_ema=true", "+optimizer.ema_momentum=0.9")
    options = (*SIMPLE[:2], f"max_steps={STEPS}", *averaging)
    whole = run(tmp_path / "whole", backend, *options, *LOOPS["fit"])
    folder = interrupted(tmp_path, backend, monkeypatch, 6, *options, *LOOPS["fit"])
    assert_same_run(whole, go_on(folder, f"backend={backend}"))
    # A run goes on from the last weights, and ends with the averages; so it does in either loop.
    custom = run(tmp_path / "custom", backend, *options, *LOOPS["custom"])
    np.testing.assert_allclose(column(custom), column(whole), rtol=1e-5)
    last = read(step_files(whole.folder / "checkpoints")[0]).arrays
    ends = [final_arrays(outcome.folder) for outcome in (whole, custom)]
    weights = [name for name in last if name.startswith("model/") and last[name].ndim == 2]
    assert weights
    for name in weights:
        assert np.abs(last[name] - ends[0][name]).max() > 1e-4
        np.testing.assert_allclose(ends[0][name], ends[1][name], rtol=1e-3, atol=1e-5)


class Annealing(keras.callbacks.Callback):
    """Changes numbers that Python keeps, by what they were."""

    def on_epoch_end(self, epoch, logs=None):
        self.model.get_layer("hidden").kernel_regularizer.l2 *= 2.0
        (dropout,) = (layer for layer in self.model.layers if hasattr(layer, "rate"))
        dropout.rate *= 0.5


@pytest.mark.in_turn
@pytest.mark.slow
@pytest.mark.parametrize("loop", ["custom", pytest.param("fit", marks=pytest.mark.once)])
def test_numbers_that_a_callback_changes_go_on_and_are_evaluated(
    tmp_path, backend, monkeypatch, loop
):
    anneals = f"+callback.anneals._target_={__name__}.Annealing"
    options = ("experiment=classifier", "batch_size=128", *LOOPS[loop], "epochs=2", anneals)
    whole = run(tmp_path / "whole", backend, *options)
    folder = interrupted(tmp_path, backend, monkeypatch, 14, *options)
    assert_same_run(whole, go_on(folder, f"backend={backend}"))
    for split, prefix in (("test", "test"), ("validation", "val")):
        words = [f"run={whole.folder}", "checkpoint=last", f"split={split}"]
        again = evaluate(compose(words, "evaluate"))[f"{prefix}_loss"]
        np.testing.assert_allclose(again, whole.summary["metrics"][f"{prefix}_loss"], rtol=1e-6)


@pytest.mark.in_turn
@pytest.mark.slow
@pytest.mark.parametrize("loop", ["custom", pytest.param("fit", marks=pytest.mark.once)])
def test_a_finished_run_whose_averages_are_swapped_goes_on_from_the_weights(
    tmp_path, backend, loop
):
    swap = "+callback.swap"
    options = (
        *SIMPLE,
        *LOOPS[loop],
        "+optimizer.use_ema=true",
        "+optimizer.ema_momentum=0.9",
        f"{swap}._target_=keras.callbacks.SwapEMAWeights",
        f"{swap}.swap_on_epoch=true",
    )
    whole = run(tmp_path / "whole", backend, *options, "epochs=2")
    first = run(tmp_path / "first", backend, *options, "epochs=1")
    # It ends with the averages all the same.
    last = read(first.folder / "checkpoints" / "last.npz").arrays
    best = read(first.folder / "checkpoints" / "best.npz").arrays
    for name in (name for name in last if name.startswith("model/")):
        np.testing.assert_array_equal(last[name], best[name], err_msg=name)
    assert_same_run(whole, go_on(first.folder, f"backend={backend}", "epochs=2"))


@pytest.mark.once
@pytest.mark.slow
def test_auto_takes_the_newest_unfinished_run_of_the_same_configuration(
    tmp_path, backend, monkeypatch
):
    options = (*SIMPLE, "max_steps=8", "loop.steps_per_call=4")
    folder = interrupted(tmp_path, backend, monkeypatch, 4, *options)
    again = run(tmp_path / "cut", backend, *options, "resume=auto")
    assert again.folder == folder
    # It has finished now, and another seed is another configuration.
    assert run(tmp_path / "cut", backend, *options, "resume=auto").folder != folder
    stop_after(monkeypatch, 4)
    with pytest.raises(Interrupted):
        run(tmp_path / "cut", backend, *options, "seed=1")
    assert run(tmp_path / "cut", backend, *options, "resume=auto").summary["steps"] == 8
    assert len(list((tmp_path / "cut").rglob("run.json"))) == 4


@pytest.fixture(scope="module")
def finished(tmp_path_factory, backend):
    """A finished run of 12 steps, with checkpoints of the 10th and the 12th."""
    folder = tmp_path_factory.mktemp("finished")
    return run(folder, backend, *SIMPLE, "max_steps=12", "callback.checkpoints.every_steps=1")


@pytest.fixture
def folder(tmp_path, finished):
    """A copy of its folder, to be spoiled."""
    return Path(shutil.copytree(finished.folder, tmp_path / "copy"))


@pytest.mark.once
@pytest.mark.slow
def test_a_finished_run_that_takes_no_step_keeps_what_its_steps_took(backend, folder):
    before = json.loads((folder / "summary.json").read_text())
    assert go_on(folder, f"backend={backend}").summary == before
    assert json.loads((folder / "summary.json").read_text()) == before


@pytest.mark.once
@pytest.mark.slow
def test_a_finished_run_goes_on_for_more_steps(tmp_path, backend, folder):
    whole = run(tmp_path / "whole", backend, *SIMPLE, "max_steps=18")
    resumed = go_on(folder, f"backend={backend}", "max_steps=18")
    assert_same_run(whole, resumed)
    assert "max_steps: 18" in (folder / "config.yaml").read_text()


@pytest.mark.once
@pytest.mark.slow
def test_a_schedule_that_has_ended_is_kept_where_that_is_asked_for(tmp_path, backend):
    options = ("experiment=classifier", "model=linear", *SIMPLE[1:], "optimizer=adam_cosine")
    first = run(tmp_path, backend, *options, "max_steps=4")
    before = final_arrays(first.folder)
    for schedule, moves in (("keep", False), ("stretch", True)):
        folder = shutil.copytree(first.folder, tmp_path / schedule)
        go_on(folder, f"backend={backend}", "max_steps=6", f"schedule={schedule}")
        after = final_arrays(folder)
        assert moves == any((after[n] != before[n]).any() for n in before if n[:5] == "model")
        assert "fell over 4 steps, and the run now has 6" in (folder / "train.log").read_text()


@pytest.mark.once
@pytest.mark.slow
def test_a_damaged_checkpoint_is_named_and_the_one_before_it_used(backend, finished, folder):
    newest, older = step_files(folder / "checkpoints")
    newest.write_bytes(newest.read_bytes()[:1000])
    resumed = go_on(folder, f"backend={backend}")
    assert read_json(resumed, "run.json")["resumed_from"]["checkpoint"] == (
        f"checkpoints/{older.name}"
    )
    assert f"{newest} is damaged" in (folder / "train.log").read_text()
    assert_same_run(finished, resumed)


@pytest.mark.slow
@pytest.mark.once
def test_without_any_intact_checkpoint_nothing_is_written_over(backend, folder):
    before = (folder / "steps.csv").read_bytes()
    for path in step_files(folder / "checkpoints"):
        path.write_bytes(b"")
    with pytest.raises(UserError, match=r"no checkpoint of a whole run in .* is intact"):
        go_on(folder, f"backend={backend}")
    assert (folder / "steps.csv").read_bytes() == before


@pytest.mark.slow
@pytest.mark.once
def test_where_all_checkpoints_are_gone_nothing_is_written_over(backend, folder):
    before = (folder / "steps.csv").read_bytes()
    shutil.rmtree(folder / "checkpoints")
    with pytest.raises(UserError, match=r"recorded step 11, and .* has no checkpoint of a whole"):
        go_on(folder, f"backend={backend}")
    assert (folder / "steps.csv").read_bytes() == before


@pytest.mark.slow
@pytest.mark.once
def test_a_run_that_ended_before_its_first_checkpoint_begins_again(
    backend, finished, folder, capsys
):
    shutil.rmtree(folder / "checkpoints")
    for name in ("steps.csv", "epochs.csv"):
        (folder / name).unlink()
    assert_same_run(finished, go_on(folder, f"backend={backend}"))
    assert "without a checkpoint: begins again" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.once
def test_a_run_that_keeps_no_checkpoints_begins_again(tmp_path, backend):
    first = run(tmp_path, backend, *SIMPLE, "max_steps=6", "callback=none")
    before = column(first, "loss")
    resumed = go_on(first.folder, f"backend={backend}")
    assert step_files(resumed.folder / "checkpoints") == []
    np.testing.assert_array_equal(column(resumed, "loss"), before)


@pytest.mark.slow
@pytest.mark.once
def test_a_record_that_was_cut_is_told_of(backend, folder):
    lines = (folder / "steps.csv").read_text().splitlines(keepends=True)
    (folder / "steps.csv").write_text("".join(lines[:6]) + lines[6][:3])
    go_on(folder, f"backend={backend}", "max_steps=13")
    told = (folder / "train.log").read_text()
    assert f"{folder / 'steps.csv'} lacks 7 of the 12 steps before step 12" in told
    assert "step 5 is the first that is lost" in told
    assert "epochs.csv lacks" not in told


@pytest.mark.slow
@pytest.mark.once
def test_fewer_steps_than_were_taken_are_refused(backend, folder):
    before = (folder / "config.yaml").read_text()
    with pytest.raises(
        UserError, match=r"has taken 12 steps, and epochs=.* with max_steps=5 are 5"
    ):
        go_on(folder, f"backend={backend}", "max_steps=5")
    assert (folder / "config.yaml").read_text() == before


@pytest.mark.slow
@pytest.mark.once
def test_a_damaged_record_is_named(backend, folder):
    (folder / "run.json").write_text("{")
    with pytest.raises(UserError, match=r"run\.json is damaged") as caught:
        go_on(folder, f"backend={backend}")
    assert "\n" not in str(caught.value)


@pytest.mark.slow
@pytest.mark.once
def test_a_changed_configuration_is_refused_with_the_difference(backend, folder):
    before = (folder / "run.json").read_bytes()
    with pytest.raises(UserError, match=r"optimizer\.learning_rate: 0\.1 -> 0\.5;"):
        go_on(folder, f"backend={backend}", "optimizer.learning_rate=0.5")
    with pytest.raises(UserError, match="experiment: linear -> classifier"):
        go_on(folder, f"backend={backend}", "experiment=classifier")
    assert (folder / "run.json").read_bytes() == before


@pytest.mark.once
def test_a_folder_that_is_no_run_is_named(tmp_path):
    with pytest.raises(UserError, match="is no run folder: it has no"):
        go_on(tmp_path)


@pytest.mark.once
def test_data_that_changed_is_refused(backend, folder):
    record.update(folder, {"data_sha256": "another"})
    with pytest.raises(UserError, match=r"the data has changed since the run .* began"):
        go_on(folder, f"backend={backend}")
    assert record.read(folder)["status"] == "finished"


@pytest.mark.once
def test_a_second_process_is_told_who_holds_the_folder(backend, folder):
    with lock.locked(folder), pytest.raises(UserError, match=f"process {os.getpid()} on "):
        go_on(folder, f"backend={backend}")


@pytest.mark.slow
@pytest.mark.once
def test_a_folder_that_is_deleted_under_way_is_one_line(tmp_path, backend, monkeypatch):
    def delete(self, losses, metrics):
        shutil.rmtree(tmp_path / "outputs")
        monkeypatch.undo()
        self.record(losses, metrics)

    monkeypatch.setattr(Recorder, "record", delete)
    with pytest.raises(UserError, match="is gone, deleted under way") as caught:
        run(tmp_path / "outputs", backend, *SIMPLE, "max_steps=12")
    assert "\n" not in str(caught.value)


@pytest.mark.in_turn
@pytest.mark.slow
def test_patience_and_learning_rate_go_on(tmp_path, backend, monkeypatch):
    options = (
        *SIMPLE,
        "epochs=6",
        "callback=early_stopping",
        "callback.early_stopping.patience=3",
        "callback.early_stopping.min_delta=1000",
        "+callback.plateau._target_=keras.callbacks.ReduceLROnPlateau",
        "+callback.plateau.monitor=val_loss",
        "+callback.plateau.min_delta=1000",
        "+callback.plateau.patience=2",
    )
    whole = run(tmp_path / "whole", backend, *options)
    assert whole.summary["epochs"] == 4
    folder = interrupted(tmp_path, backend, monkeypatch, 20, *options)
    resumed = go_on(folder, f"backend={backend}")
    assert resumed.summary["epochs"] == 4
    assert_same_run(whole, resumed)
    # What a callback has ended stays ended, which is said.
    again = go_on(folder, f"backend={backend}", "epochs=9")
    assert again.summary["epochs"] == 4
    log = (folder / "train.log").read_text()
    assert f"ended this run after step {whole.summary['steps']}, and it stays ended" in log


@pytest.mark.slow
@pytest.mark.once
def test_no_secret_reaches_the_files_of_a_run(tmp_path, backend, monkeypatch):
    secrets = ["the-wandb-key-of-someone", "a-password-in-the-config"]
    monkeypatch.setenv("WANDB_API_KEY", secrets[0])
    monkeypatch.setattr(sys, "argv", ["train.py", f"+data.password={secrets[1]}"])

    def fail(self, *arguments):
        raise RuntimeError(f"cannot log in with {secrets}")

    monkeypatch.setattr(Recorder, "record", fail)
    with pytest.raises(RuntimeError):
        run(tmp_path, backend, *SIMPLE, f"+server.password={secrets[1]}")
    files = [path for path in tmp_path.rglob("*") if path.suffix in (".yaml", ".json", ".log")]
    assert {path.name for path in files} == {"config.yaml", "data.json", "run.json", "train.log"}
    for path in files:
        text = path.read_text()
        assert not any(secret in text for secret in secrets), path
    assert "cannot log in with ['***', '***']" in (files[0].parent / "train.log").read_text()


@pytest.mark.in_turn
@pytest.mark.slow
@pytest.mark.parametrize(
    ("experiment", "loop", "kills"),
    # What a kill leaves in the folder does not depend on the backend: killed again, and in the
    # other loop, one does, of a model that is quickly there.
    [("classifier", "custom", 1), pytest.param("linear", "fit", 2, marks=pytest.mark.once)],
)
def test_however_often_it_is_killed_it_is_the_same_run(tmp_path, backend, experiment, loop, kills):
    options = [f"experiment={experiment}", "max_steps=400", *LOOPS[loop]]
    options.append("callback.checkpoints.every_steps=10")
    whole = run(tmp_path / "whole", backend, *options).folder
    options.append(f"backend={backend}")
    comparison = compare_killed(options, tmp_path, kills=kills, whole=whole)
    assert comparison.kills == kills
    assert comparison.lost == []
    assert comparison.differences == []


@pytest.mark.slow
@pytest.mark.once
def test_a_run_goes_on_on_another_backend(tmp_path, backend):
    # The run to begin with may as well be one of this process.
    def train(*words):
        return run(tmp_path, backend, *words).folder

    for other in (name for name in installed() if name != backend):
        assert compare_crossed(backend, other, 15, 30, [NOISY], tmp_path, train) <= 1e-5
