"""A run that goes on is the run that was never stopped."""

import os
import signal

import numpy as np
import pytest
from runs import read_json, run

from triceras.config import compose
from triceras.loops.recorder import Recorder
from triceras.runs.checkpoint_files import read, step_files
from triceras.runs.stop import Interrupted
from triceras.training import train

# 10 steps an epoch; a call of 4 steps, so that a stop falls within an epoch.
VAE = ("experiment=vae", "model.network.hidden_units=[16]", "model.network.latent_dim=4")
LOOPS = {"custom": ("loop=custom", "loop.steps_per_call=4"), "fit": ("loop=fit",)}
STEPS = 25


def stop_after(monkeypatch, steps, number=signal.SIGTERM):
    """Sends this process a signal once so many steps are recorded."""
    record = Recorder.record

    def and_stop(self, *arguments):
        record(self, *arguments)
        if self.step >= steps:
            monkeypatch.setattr(Recorder, "record", record)
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


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("steps", [6, 25])  # within an epoch, and where only its end is left
def test_a_resumed_run_is_the_uninterrupted_one(tmp_path, backend, monkeypatch, loop, steps):
    options = (*VAE, f"max_steps={STEPS}", *LOOPS[loop])
    whole = run(tmp_path / "whole", backend, *options)
    folder = interrupted(tmp_path, backend, monkeypatch, steps, *options)
    newest = read(step_files(folder / "checkpoints")[0]).position
    assert steps <= newest.step <= STEPS
    resumed = go_on(folder, f"backend={backend}")
    assert resumed.folder == folder
    record = read_json(resumed, "run.json")
    assert record["status"] == "finished"
    assert record["resumed_from"]["step"] == newest.step
    assert resumed.summary["steps"] == STEPS
    assert resumed.summary["metrics"] == whole.summary["metrics"]
    assert_same_run(whole, resumed)
