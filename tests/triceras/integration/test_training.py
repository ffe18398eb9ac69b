import json
import re

import numpy as np
import pytest

from triceras.checkpoints.keras_files import load
from triceras.config import ROOT
from triceras.errors import UserError
from triceras.testing.runs import column, read_json, rows, run

NOISY = "experiment=autoencoder"


def weights(model):
    import keras

    return [np.array(keras.ops.convert_to_numpy(v)) for v in model.weights]


# test_resume.py shows that one seed gives the same bits, in calls of any number of steps.
@pytest.mark.once
@pytest.mark.slow_on("jax", "tensorflow")
def test_another_seed_gives_another_curve(tmp_path, backend, eager):
    other = run(tmp_path, backend, NOISY, "max_steps=3", "compile=false", "seed=1")
    assert not np.allclose(column(other), column(eager)[:3])


@pytest.mark.in_turn
@pytest.mark.slow
def test_eager_gives_the_same_curve(eager, short):
    np.testing.assert_allclose(column(eager), column(short)[:5], rtol=1e-5)


@pytest.mark.in_turn
@pytest.mark.slow
def test_a_model_learns_and_reports_what_it_measures(tmp_path, backend):
    outcome = run(tmp_path, backend, NOISY, "epochs=20", "optimizer.learning_rate=1e-2")
    epochs = rows(outcome.folder / "epochs.csv")
    assert len(epochs) == 20
    assert float(epochs[-1]["val_loss"]) < 0.9 * float(epochs[0]["val_loss"])
    for row in epochs:
        for prefix in ("", "val_"):
            assert 0 < float(row[f"{prefix}code"]) < float(row[f"{prefix}loss"])
    assert outcome.summary["metrics"]["code_size"] > 0


@pytest.mark.slow_on("tensorflow")
def test_last_checkpoint_is_the_model_that_was_trained(short):
    loaded = load(short.folder / "checkpoints" / "last.keras")
    for a, b in zip(weights(short.objects["model"]), weights(loaded), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow
@pytest.mark.once
def test_all_that_a_run_leaves_is_described(short):
    page = (ROOT / "docs" / "triceras" / "command_line.md").read_text()
    tree = page.split("## What a run leaves")[1].split("```")[1]
    described = set(re.findall(r"^  ([\w.]+)/? ", tree, re.MULTILINE))
    assert {path.name for path in short.folder.iterdir()} <= described


@pytest.mark.once
@pytest.mark.slow_on("jax", "tensorflow")
def test_early_stopping_stops_both_loops(tmp_path, backend):
    for loop in ("custom", "fit"):
        outcome = run(
            tmp_path,
            backend,
            "experiment=linear",
            f"compile={str(backend == 'jax').lower()}",  # where it is sooner done
            "epochs=20",
            f"loop={loop}",
            "callback=early_stopping",
            "callback.early_stopping.patience=1",
            "callback.early_stopping.min_delta=1000",
        )
        assert len(rows(outcome.folder / "epochs.csv")) == 2


@pytest.mark.in_turn
@pytest.mark.slow
def test_loss_that_is_not_finite_stops_and_keeps_the_checkpoint(tmp_path, backend):
    with pytest.raises(UserError, match=r"the loss is not finite at step \d+ \(loss="):
        run(
            tmp_path,
            backend,
            "experiment=linear",
            "optimizer.learning_rate=1e38",
            "max_steps=9",
        )
    (folder,) = (path.parent for path in tmp_path.rglob("run.json"))
    record = json.loads((folder / "run.json").read_text())
    assert record["status"] == "failed"
    assert record["diverged"] is True
    assert "not finite at step" in record["error"]
    losses = [float(row["loss"]) for row in rows(folder / "steps.csv")]
    assert losses
    assert np.isfinite(losses).all()
    model = load(folder / "checkpoints" / "last.keras")
    assert all(np.isfinite(w).all() for w in weights(model))


@pytest.mark.slow
@pytest.mark.once
def test_interrupted_run_says_so(tmp_path, backend, monkeypatch):
    from triceras.loops.custom import CustomLoop

    def interrupt(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(CustomLoop, "train", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, backend, NOISY, "max_steps=1")
    (path,) = tmp_path.rglob("run.json")
    assert json.loads(path.read_text())["status"] == "interrupted"


@pytest.mark.slow
@pytest.mark.once
def test_last_line_names_the_run_folder(short_and_printed):
    outcome, printed = short_and_printed
    assert printed.splitlines()[-1] == f"run: {outcome.folder}"


@pytest.mark.once
def test_failed_run_leaves_its_traceback_in_the_log(tmp_path, backend):
    with pytest.raises(UserError, match=r"model\.network cannot be built"):
        run(tmp_path, backend, NOISY, "model.network.latent_dim=-1", "max_steps=1")
    (path,) = tmp_path.rglob("train.log")
    assert "Traceback" in path.read_text()


@pytest.mark.in_turn
@pytest.mark.slow
def test_native_randomness_is_another_curve_from_the_same_data(tmp_path, backend, short):
    native = run(tmp_path, backend, NOISY, "max_steps=3", "random=native", "compile=false")
    assert not np.allclose(column(native), column(short)[:3])
    sums = [read_json(outcome, "run.json")["data_sha256"] for outcome in (native, short)]
    assert sums[0] == sums[1]


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("loop.steps_per_call=0", "loop.steps_per_call=0 is no whole number of at least 1"),
        ("loop.device_data_mb=-5", "loop.device_data_mb=-5 is below 0"),
        ("grace=-1", "grace=-1 is below 0"),
        ("signals=SIGINT", r"signals=SIGINT is no list: write signals=\[SIGINT\]"),
        ("optimizer=adversarial", r"trains one objective and optimizer= is several \("),
    ],
)
def test_settings_that_do_not_work_are_one_line(tmp_path, backend, override, message):
    with pytest.raises(UserError, match=message):
        run(tmp_path, backend, "experiment=autoencoder", override)


@pytest.mark.in_turn
@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (("experiment=autoencoder",), "cannot be adapted to inputs of shape (8, 8, 1)"),
        (("experiment=classifier",), "does not fit inputs of shape (64, 8, 8, 1), outputs of "),
        (("experiment=classifier", "loop=fit"), "does not fit inputs of shape (64, 8, 8, 1)"),
    ],
)
@pytest.mark.slow
def test_shapes_that_do_not_fit_are_one_line(tmp_path, backend, overrides, message):
    with pytest.raises(UserError) as caught:
        run(tmp_path, backend, *overrides, "data.flatten=false")
    assert message in str(caught.value)
    assert "data.flatten" in str(caught.value)
    assert "\n" not in str(caught.value)
