import json
import subprocess
import sys

import keras
import numpy as np
import pytest

from triceras.config import compose
from triceras.engines.objective import Objective
from triceras.errors import UserError
from triceras.loops.schedule import Schedule
from triceras.parity import probe as module
from triceras.parity.compare import BACKENDS, compare_all
from triceras.parity.evidence import LOSSES, PARTS, Evidence

# Nothing to compile saves time.
EAGERLY = ("loops=[custom]", "compile=false")


@pytest.fixture(scope="module")
def tolerance():
    return compose(name="parity").tolerance


@pytest.fixture(scope="module")
def usual(collect):
    """What others are compared with."""
    return collect("classifier", *EAGERLY)


def compared(one, other, tolerance):
    """The differences of two runs, as if they were of two backends."""
    (found,) = (
        c
        for c in compare_all({"one": one, "other": other}, ["one", "other"], tolerance)
        if c.kind == BACKENDS
    )
    return found.differences


@pytest.mark.in_turn
@pytest.mark.slow
def test_the_curve_is_that_of_a_run(collect, backend, eager):
    evidence = collect("autoencoder", "loops=[custom,fit]", "compile=false", "batch_size=128")
    lines = (eager.folder / "steps.csv").read_text().splitlines()[:5]
    column = lines[0].split(",").index("loss")
    losses = np.array([line.split(",")[column] for line in lines[1:]], "float32")
    np.testing.assert_array_equal(evidence.losses["custom"]["loss"], losses)
    np.testing.assert_allclose(evidence.losses["fit"]["loss"], losses, rtol=1e-5)
    # The first step that was looked at is the first of the curve.
    np.testing.assert_allclose(evidence.tensors["objective"]["loss"], losses[0], rtol=1e-6)
    assert list(evidence.tensors) == list(PARTS)
    assert evidence.facts["backend"] == backend
    assert evidence.facts["fit"] is True


@pytest.mark.in_turn
@pytest.mark.slow
def test_the_update_is_what_the_optimizer_makes_of_the_gradients(collect):
    tensors = collect("linear", *EAGERLY, "steps=1").tensors
    for name, gradient in tensors["gradients"].items():
        moved = tensors["weights"][name] - 0.1 * gradient  # the optimizer is SGD(0.1)
        np.testing.assert_allclose(tensors["update"][name], moved, rtol=1e-5, atol=1e-8)


@pytest.mark.once
@pytest.mark.slow
def test_a_layer_that_returns_something_else_is_named(collect, usual, tolerance, monkeypatch):
    assert all(d.worst == 0 for d in compared(usual, usual, tolerance).values())
    names = [name for name in usual.tensors["layers"] if "/" in name]
    assert len(names) == 4
    second = names[1].rpartition("/")[2]
    original = keras.layers.Layer.__call__

    def planted(layer, *args, **kwargs):
        output = original(layer, *args, **kwargs)
        return output * 1.001 if layer.name == second else output

    monkeypatch.setattr(keras.layers.Layer, "__call__", planted)
    other = collect("classifier", *EAGERLY)
    differences = compared(usual, other, tolerance)
    assert differences["weights"].passed
    assert differences["batch"].passed
    assert differences["layers"].first == names[1]
    assert differences["layers"].first_value == pytest.approx(1e-3, rel=1e-2)
    assert not differences["gradients"].passed
    assert differences[LOSSES].first == 0


@pytest.mark.once
@pytest.mark.slow
def test_a_loss_that_departs_is_named_by_its_step(collect, usual, tolerance, monkeypatch):
    original = Schedule.chunk

    def planted(schedule, epoch, start, stop):
        chunk = original(schedule, epoch, start, stop)
        rows = np.arange(start, stop) >= 2
        chunk.indices = np.where(rows[:, None], chunk.indices + 1, chunk.indices)
        return chunk

    monkeypatch.setattr(Schedule, "chunk", planted)
    differences = compared(usual, collect("classifier", *EAGERLY), tolerance)
    assert differences[LOSSES].first == 2
    assert all(differences[part].passed for part in PARTS)


@pytest.mark.once
@pytest.mark.slow
def test_moved_weights_are_one_ulp_away(collect, usual, tolerance):
    moved = collect("classifier", *EAGERLY, moved=True)
    differences = compared(usual, moved, tolerance)
    assert 0 < differences["weights"].worst <= 2**-23
    assert differences["batch"].worst == 0
    assert 0 < differences["layers"].worst < 1e-5


class Rivals(keras.Model):
    """Two objectives that share their variables, and so no `fit`."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(2, name="shared")
        self.dense.build((None, 64))
        self.sgd = [keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1)]
        self.built = True

    def objectives(self):
        def loss(target):
            return lambda x, y, training: keras.ops.mean((self.dense(x) - target) ** 2)

        variables = self.dense.trainable_variables
        return [
            Objective(name, loss(target), variables, optimizer)
            for name, target, optimizer in zip(("up", "down"), (1, -1), self.sgd, strict=True)
        ]


@pytest.mark.slow
def test_several_objectives_have_losses_of_their_own_and_the_first_loop_alone(collect, monkeypatch):
    monkeypatch.setattr("triceras.modelling.build.build_model", lambda *arguments: Rivals())
    # Which is enough to be compared where one backend alone is installed.
    evidence = collect("linear", "loops=[custom,fit]", "compile=false", "repeat=true")
    assert evidence.facts["fit"] is False
    assert list(evidence.losses) == ["custom"]
    losses = evidence.losses["custom"]
    assert [(name, len(array)) for name, array in losses.items()] == [("up", 4), ("down", 4)]
    assert not np.array_equal(losses["up"], losses["down"])
    assert list(evidence.tensors["layers"]) == ["up: shared", "down: shared"]
    assert len(evidence.tensors["gradients"]) == 4
    assert len(evidence.tensors["update"]) == 2
    np.testing.assert_allclose(evidence.tensors["objective"]["up"], losses["up"][0], rtol=1e-6)


@pytest.mark.slow
@pytest.mark.once
def test_what_leaves_nothing_to_compare_is_not_trained(collect, backend, monkeypatch):
    trained = []

    def train(*arguments):
        trained.append(arguments)
        return {}, {}

    monkeypatch.setattr(module, "first_step", lambda *arguments: ({}, {"fit": False}))
    monkeypatch.setattr(module, "train", train)
    words = [f"backends=[{backend}]", "loops=[custom,fit]"]
    with pytest.raises(UserError, match=r"nothing to compare: .* only loop=custom can train this"):
        collect("linear", *words)
    assert not trained
    collect("linear", *words, "repeat=true")
    assert len(trained) == 1


@pytest.mark.slow
@pytest.mark.once  # Both are set for Keras, whatever the backend.
def test_precision_and_seed_are_obeyed(collect):
    # What one has set must not reach the next.
    low, full = (
        collect("linear", *EAGERLY, "steps=1", *words).tensors
        for words in (["seed=4", "precision=mixed_bfloat16"], ["precision=float32"])
    )
    (name,) = (name for name in full["weights"] if full["weights"][name].ndim == 2)
    assert (low["weights"][name] != full["weights"][name]).all()
    layer = next(iter(full["layers"]))
    assert low["layers"][layer].dtype == "float32"
    # Numbers of bfloat16 have 16 bits that are 0.
    assert not (low["layers"][layer].view("uint32") & 0xFFFF).any()
    assert (full["layers"][layer].view("uint32") & 0xFFFF).any()


@pytest.mark.once
@pytest.mark.slow
def test_main_saves_evidence(tmp_path, backend):
    words = ["experiment=linear", "steps=1", *EAGERLY]
    assert module.main([str(tmp_path / "it"), *words, f"backend={backend}"]) == 0
    assert Evidence.load(tmp_path / "it").facts["backend"] == backend
    assert json.loads((tmp_path / "it.json").read_text())["fit"] is True


@pytest.mark.once
def test_main_says_what_was_wrong_in_its_last_line(tmp_path, backend, capsys):
    words = ["experiment=linear", "batch_size=100000"]
    assert module.main([str(tmp_path / "it"), *words, f"backend={backend}"]) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("error: batch_size=100000 is larger than the training data")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.once
def test_a_thread_that_waits_for_ever_does_not_keep_a_process_alive():
    program = (
        "import threading; from triceras.parity.probe import leave; "
        "threading.Thread(target=threading.Event().wait).start(); print('done'); leave(3)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (3, "done\n", "")
