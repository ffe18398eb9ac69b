"""Runs that begin with what another one has left, and train a part of it after a while."""

import os
import signal

import numpy as np
import pytest

from triceras.checkpoints.checkpoint_files import read
from triceras.commands.train import train
from triceras.config import compose
from triceras.errors import UserError
from triceras.loops.recorder import Recorder
from triceras.runs.stop import Interrupted
from triceras.testing.runs import column, read_json, run

# Four steps an epoch; what is frozen is trained from the second one on.
FINE_TUNING = (
    *("experiment=classifier", "callback=unfreeze", "callback.unfreeze.epoch=1", "data.limit=128"),
    *("model.freeze=[hidden]", "model.learning_rates={hidden: 0.1}", "batch_size=32", "epochs=2"),
)
FIRST = ("experiment=classifier", "epochs=1", "data.limit=128", "seed=5", "compile=false")


@pytest.fixture(scope="module")
def first(tmp_path_factory, backend):
    return run(tmp_path_factory.mktemp("first"), backend, *FIRST).folder


def arrays(folder, name="last.npz"):
    return read(folder / "checkpoints" / name).arrays


def stopped_after(monkeypatch, steps):
    original = Recorder.record

    def and_stop(self, *arguments):
        original(self, *arguments)
        if self.step >= steps:
            monkeypatch.setattr(Recorder, "record", original)
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(Recorder, "record", and_stop)


# Before and after the layer is trained.
@pytest.mark.in_turn
@pytest.mark.parametrize(
    ("loop", "steps"), [("custom", 2), pytest.param("fit", 6, marks=pytest.mark.once)]
)
@pytest.mark.slow
def test_a_fine_tuned_run_goes_on_as_if_it_had_never_stopped(
    tmp_path, backend, monkeypatch, first, loop, steps
):
    options = (*FINE_TUNING, f"loop={loop}", f"model.weights={first}")
    options += ("loop.steps_per_call=2",) if loop == "custom" else ()
    # That what is compiled follows is said by test_unfreeze.py, and eagerly JAX takes longer.
    options += (f"compile={str(backend == 'jax').lower()}",)
    whole = run(tmp_path / "whole", backend, *options)
    start = [a for name, a in arrays(first, "best.npz").items() if name.startswith("model/")]
    begun = read_json(whole, "run.json")["weights"]
    assert begun["path"] == str(first)
    assert begun["file"].endswith("best.npz")
    assert "hidden  " in (whole.folder / "model.txt").read_text()
    stopped_after(monkeypatch, steps)
    with pytest.raises(Interrupted):
        run(tmp_path / "cut", backend, *options)
    (path,) = (tmp_path / "cut").rglob("run.json")
    (path.parent / "model.txt").unlink()
    resumed = train(compose([f"resume={path.parent}", f"backend={backend}"]))
    assert column(resumed) == column(whole)
    after = arrays(resumed.folder)
    for name, value in arrays(whole.folder).items():
        if name.startswith(("model/", "optimizer/")):
            np.testing.assert_array_equal(value, after[name], err_msg=name)
    assert not (resumed.folder / "model.txt").exists()
    assert np.abs(arrays(whole.folder)["model/00000"] - start[0]).max() > 1e-6


@pytest.mark.once
@pytest.mark.slow
def test_a_run_from_elsewhere_begins_where_that_one_ended(tmp_path, backend, first):
    outcome = run(
        *(tmp_path, backend, "experiment=classifier", f"model.weights={first}"),
        *("epochs=null", "max_steps=1", "data.limit=128", "optimizer.learning_rate=1e-12"),
    )
    found, expected = arrays(outcome.folder), arrays(first, "best.npz")
    np.testing.assert_allclose(found["model/00000"], expected["model/00000"], atol=1e-6)


@pytest.mark.slow
@pytest.mark.once
def test_a_file_that_is_missing_is_told_before_training(tmp_path, backend):
    with pytest.raises(UserError, match=r"model\.weights=gone\.npz: there is no such file"):
        run(tmp_path, backend, *FIRST, "model.weights=gone.npz")
