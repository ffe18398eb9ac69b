"""A run that is evaluated and exported with nothing but its folder."""

import json
import re
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
from omegaconf import OmegaConf

from triceras.checkpoints.keras_files import load
from triceras.commands.evaluate import evaluate
from triceras.commands.export import export
from triceras.commands.predict import predict
from triceras.commands.train import train
from triceras.config import compose
from triceras.errors import UserError
from triceras.runs import record
from triceras.testing.runs import run

pytestmark = pytest.mark.slow_on("tensorflow")


def evaluated(short, *overrides):
    return evaluate(compose([f"run={short.folder}", *overrides], "evaluate"))


@pytest.mark.slow_on("jax", "torch")
@pytest.mark.in_turn
def test_the_last_checkpoint_has_the_metrics_of_the_summary(short, backend):
    metrics = evaluated(short, "checkpoint=last")
    expected = short.summary["metrics"]
    assert metrics == {name: expected[name] for name in metrics}
    assert {"test_loss", "test_code", "code_size"} <= metrics.keys()
    path = short.folder / "evaluations" / f"last-digits-{backend}.json"
    assert json.loads(path.read_text())["metrics"] == metrics
    # The noise of each example depends on its place in a batch.
    smaller = evaluated(short, "checkpoint=last", "batch_size=7")
    assert smaller == pytest.approx(metrics, rel=0.2)
    assert smaller != metrics
    with pytest.raises(UserError, match="batch_size=0"):
        evaluated(short, "batch_size=0")


@pytest.mark.slow
@pytest.mark.once
def test_which_checkpoint_and_which_data_stand_in_one_line(short, capsys):
    evaluated(short)
    first = capsys.readouterr().out.splitlines()[0]
    assert re.fullmatch(r"best checkpoint, step [\d,]+: digits, test, [\d,]+ rows", first)


@pytest.mark.once
@pytest.mark.slow_on("jax", "tensorflow")
def test_data_on_disk_are_evaluated_as_in_training(idx_folder, tmp_path, backend):
    options = ["experiment=linear", "data=images", f"data.path={idx_folder()}", "loop=fit"]
    options += ["max_steps=1", "compile=false", "evaluation_batch_size=40", "+data.memory_mb=0.01"]
    outcome = run(tmp_path, backend, *options)
    assert not isinstance(outcome.objects["data"].test["image"], np.ndarray)
    # `fit` read it in two batches, and this reads it whole.
    metrics = evaluated(outcome, "checkpoint=last")
    assert metrics.keys() == {"test_loss", "test_accuracy"}
    for name, value in metrics.items():
        assert value == pytest.approx(outcome.summary["metrics"][name], rel=1e-6)


@pytest.mark.once
@pytest.mark.slow
def test_other_data_takes_the_form_that_the_run_wants(short):
    metrics = evaluated(short, "data=digits", "checkpoint=last")
    # `binarize` is the run's, and not that of conf/data/digits.yaml.
    assert metrics["test_loss"] == short.summary["metrics"]["test_loss"]
    grey = evaluated(short, "data=digits", "data.binarize=none", "checkpoint=last")
    assert grey["test_loss"] != metrics["test_loss"]


@pytest.mark.slow
@pytest.mark.once
def test_evaluations_of_other_data_of_one_name_are_kept_apart(short, tmp_path):
    copy = shutil.copytree(short.folder, tmp_path / "copy")
    shutil.rmtree(copy / "evaluations", ignore_errors=True)

    def files(*overrides):
        evaluate(compose([f"run={copy}", *overrides], "evaluate"))
        return {path.name: path.read_text() for path in (copy / "evaluations").iterdir()}

    (first,) = own = files()
    both = files("data=digits", "data.binarize=none")
    (other,) = both.keys() - own
    assert re.fullmatch(rf"best-digits-[0-9a-f]{{8}}-{re.escape(first.split('-')[-1])}", other)
    assert both[first] == own[first]
    assert json.loads(both[other])["data_settings"]["binarize"] == "none"
    assert files() == both
    assert files("data=digits", "data.binarize=none") == both


@pytest.mark.once
@pytest.mark.slow
def test_rows_that_it_was_trained_on_are_told_in_whatever_file_they_come(tmp_path, backend, capfd):
    random = np.random.default_rng(0)
    rows = {"x": random.normal(size=(80, 3)), "label": np.arange(80) % 2}
    np.savez(tmp_path / "rows.npz", **rows)
    order = random.permutation(80)
    np.savez(tmp_path / "copy.npz", **{name: array[order] for name, array in rows.items()})
    arrays = ["data=arrays", "data.labels=label"]
    options = ["experiment=linear", *arrays, f"data.path={tmp_path / 'rows.npz'}", "max_steps=1"]
    options += ["batch_size=8", "compile=false", "data.test_size=40"]
    outcome = run(tmp_path / "run", backend, *options)
    capfd.readouterr()
    evaluated(outcome, *arrays, f"data.path={tmp_path / 'rows.npz'}", "data.test_size=40")
    assert "WARNING" not in capfd.readouterr().err
    evaluated(outcome, *arrays, f"data.path={tmp_path / 'copy.npz'}", "data.test_size=40")
    found = [json.loads(p.read_text()) for p in (outcome.folder / "evaluations").iterdir()]
    trained = rows["x"][outcome.objects["data"].train.numbers]
    other = np.load(tmp_path / "copy.npz")["x"][outcome.objects["data"].test.numbers]
    count = int((other[:, None] == trained[None]).all(-1).any(1).sum())
    assert count > 10
    assert [one.get("rows_trained_on") for one in found].count(count) == 1
    told = f"{count} of these 40 rows of copy are equal to rows that the run"
    assert told in capfd.readouterr().err
    words = [f"run={outcome.folder}", *arrays, f"data.path={tmp_path / 'copy.npz'}"]
    predict(compose([*words, "data.test_size=40"], "predict"))
    assert told in capfd.readouterr().err


@pytest.mark.slow
@pytest.mark.once
def test_what_cannot_be_loaded_is_named(short, tmp_path):
    with pytest.raises(UserError, match="is no run folder"):
        evaluate(compose([f"run={tmp_path}"], "evaluate"))
    with pytest.raises(UserError, match="checkpoint=first is unknown"):
        evaluated(short, "checkpoint=first")
    copy = shutil.copytree(short.folder, tmp_path / "copy")
    (copy / "checkpoints" / "best.npz").write_bytes(b"no zip")
    with pytest.raises(UserError, match=r"best\.npz is damaged"):
        evaluate(compose([f"run={copy}"], "evaluate"))
    record.update(copy, {"data_sha256": "another"})
    with pytest.raises(UserError, match="the data has changed"):
        evaluate(compose([f"run={copy}"], "evaluate"))


@pytest.mark.slow
@pytest.mark.once
def test_what_a_person_left_out_or_mistook_is_named(short, tmp_path):
    with pytest.raises(UserError, match=r"m\.zip does not end in \.keras"):
        export(compose([f"run={short.folder}", f"path={tmp_path / 'm.zip'}"], "export"))
    arrays = [np.zeros((200, 28, 28), "uint8"), np.zeros(200, "uint8")] * 2
    names = ("x_train", "y_train", "x_test", "y_test")
    np.savez(tmp_path / "i.npz", **dict(zip(names, arrays, strict=True)))
    with pytest.raises(UserError, match=r"does not fit the data images, .* shape \(784,\)"):
        evaluated(short, "data=images", f"data.path={tmp_path / 'i.npz'}")


@pytest.mark.slow_on("jax", "torch")
def test_export_for_keras(short, tmp_path):
    arguments = [f"run={short.folder}", "checkpoint=last", f"path={tmp_path / 'm.keras'}"]
    model = load(export(compose(arguments, "export")))
    trained = short.objects["model"]
    for a, b in zip(model.weights, trained.weights, strict=True):
        np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, (a, b)))


@pytest.mark.slow_on("jax", "torch")
def test_what_keras_does_not_export_is_one_line(short, backend):
    # Keras exports it from no other backend, or there is no package for it here.
    format = "litert" if backend == "torch" else "torch"
    with pytest.raises(UserError, match=f"cannot export format={format} from backend={backend}: "):
        export(compose([f"run={short.folder}", f"format={format}"], "export"))
    if backend == "torch":
        with pytest.raises(UserError, match=r"tf_saved_model cannot be had .*=tensorflow"):
            export(compose([f"run={short.folder}", "format=tf_saved_model"], "export"))
    with pytest.raises(UserError, match="format=zip is unknown"):
        export(compose([f"run={short.folder}", "format=zip"], "export"))


@pytest.mark.slow_on("torch")
@pytest.mark.in_turn("torch")
def test_exporting_to_onnx(short, backend, tmp_path):
    if backend != "torch":
        pytest.skip("the other backends need packages of their own")
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    silent = Path(shutil.copytree(short.folder, tmp_path / "silent"))
    config = OmegaConf.load(silent / "config.yaml")
    config.model.network.stddev = 1e-9
    OmegaConf.save(config, silent / "config.yaml")

    def session(folder):
        arguments = [
            f"run={folder}",
            "format=onnx",
            "checkpoint=last",
            f"path={tmp_path / 'm.onnx'}",
        ]
        session = onnxruntime.InferenceSession(str(export(compose(arguments, "export"))))
        (name,) = (given.name for given in session.get_inputs())
        return lambda x: session.run(None, {name: x})[0]

    images = short.objects["data"].test["image"][:3].astype("float32")
    # Without its noise the model computes what it does in Keras, for a batch of any size.
    model = short.objects["model"]
    model.noise.stddev, before = 0.0, model.noise.stddev
    wanted = keras.ops.convert_to_numpy(model(images))
    model.noise.stddev = before
    np.testing.assert_allclose(session(silent)(images), wanted, rtol=1e-4, atol=1e-5)
    # With it, each example and each call has noise of its own.
    noisy = session(short.folder)
    several = np.repeat(images[:1], 4, axis=0)
    first, second = noisy(several), noisy(several)
    assert np.abs(first - first[:1]).max(-1)[1:].min() > 1e-3
    assert np.abs(first - second).max(-1).min() > 1e-3


@pytest.mark.in_turn("tensorflow")
def test_exporting_to_tensorflow(short, backend, tmp_path):
    if backend != "tensorflow":
        pytest.skip("the other backends need TensorFlow beside them")
    arguments = [f"run={short.folder}", "format=tf_saved_model", f"path={tmp_path / 'saved'}"]
    reloaded = keras.layers.TFSMLayer(str(export(compose(arguments, "export"))), "serve")
    images = short.objects["data"].test["image"][:3]
    assert np.shape(reloaded(images)) == np.shape(short.objects["model"](images))


def fail(model):
    raise ValueError("no such thing can be had of it")


@pytest.mark.slow
@pytest.mark.once
def test_an_evaluation_that_fails_costs_nothing_that_the_run_reached(tmp_path, backend, capfd):
    options = ["experiment=linear", "max_steps=2", "compile=false"]
    own = f"+model.evaluations.mine._target_={__name__}.fail"
    said = (
        r"model\.evaluations\.mine cannot be computed .*no such thing.*\+\+model\.evaluations=null"
    )
    with pytest.raises(UserError, match=said):
        run(tmp_path, backend, *options, own)
    folder = next(tmp_path.glob("linear/*/*"))
    reached = json.loads((folder / "summary.json").read_text())["metrics"]
    assert reached["test_loss"] > 0
    assert record.read(folder)["status"] == "failed"
    metrics = evaluate(compose([f"run={folder}", "checkpoint=last"], "evaluate"))
    assert metrics["test_loss"] == pytest.approx(reached["test_loss"], rel=1e-6)
    assert "model.evaluations.mine cannot be computed" in capfd.readouterr().err
    resumed = train(compose([f"resume={folder}", "++model.evaluations=null"]))
    assert resumed.summary["metrics"]["test_loss"] == reached["test_loss"]
    assert record.read(folder)["status"] == "finished"
