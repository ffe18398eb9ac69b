import json
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from triceras.checkpoints import snapshot
from triceras.commands.evaluate import evaluate, give_to_metrics
from triceras.commands.predict import predict
from triceras.config import compose
from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Split
from triceras.engines import engine_class
from triceras.engines.changes import changes_of
from triceras.errors import UserError
from triceras.modelling.class_labels import BESIDE_IGNORED
from triceras.testing.runs import read_json, run

SPLIT = Split({"x": np.ones((4, 2), "float32"), "y": np.ones((4, 1), "float32")})


class Weighted(keras.metrics.MeanSquaredError):
    def __init__(self):
        super().__init__(name="weighted")
        self.factor = 1.0

    def update_state(self, y_true, y_pred, sample_weight=None):
        return super().update_state(self.factor * y_true, self.factor * y_pred)


def built():
    metric = Weighted()
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[metric])
    return model, metric


def test_a_metric_has_the_numbers_that_a_callback_gave_it():
    (model, metric), (other, given) = built(), built()
    model.evaluate(SPLIT["x"], SPLIT["y"], verbose=0)
    changes_of(model).begin(model)
    metric.factor = 3.0
    assert changes_of(model).end(model) == ["weighted.factor"]
    saved = snapshot.take_model(model)
    snapshot.give_model(other, saved)
    # Keras has no metrics before a first batch.
    assert given.factor == 1.0
    engine = engine_class()(other, BatchPreparation("x", "y"), compile=True)
    engine.load_state()
    give_to_metrics(SimpleNamespace(model=other, saved=saved), engine, SPLIT, ["x", "y"])
    assert given.factor == 3.0
    results = engine.evaluate(engine.place(SPLIT), 2)
    assert np.isclose(results["weighted"], 9 * results["loss"], rtol=1e-5)


@pytest.mark.slow
@pytest.mark.once
def test_targets_that_the_loss_would_compare_otherwise_are_refused(tmp_path, backend):
    x = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
    np.savez(tmp_path / "own.npz", x=x, label=x.sum(1))
    np.savez(tmp_path / "two.npz", x=x, label=x[:, :2])
    arrays = ["data=arrays", "data.labels=label"]
    options = ["experiment=linear", *arrays, f"data.path={tmp_path / 'own.npz'}", "max_steps=1"]
    options += ["batch_size=8", "compile=false", "+model.network.classes=1", "model.metrics=[]"]
    options += ["model.loss._target_=keras.losses.MeanSquaredError", "~model.loss.from_logits"]
    folder = run(tmp_path / "run", backend, *options).folder
    words = [f"run={folder}", "checkpoint=last", *arrays, f"data.path={tmp_path / 'two.npz'}"]
    with pytest.raises(UserError, match=r"the target label has the shape \(2,\) an example"):
        evaluate(compose(words, "evaluate"))


@pytest.mark.slow
@pytest.mark.once
def test_labels_that_the_loss_ignores_are_told_of_in_other_data(tmp_path, backend, capfd):
    x, masks = np.zeros((40, 3), "float32"), {"own": [1, 255], "void": [0, 255], "beyond": [2, 2]}
    for name, mask in masks.items():
        np.savez(tmp_path / f"{name}.npz", x=x, mask=np.tile(mask, 20)[:, None])

    def of(name):
        return ["data=arrays", "data.labels=mask", f"data.path={tmp_path / name}.npz"]

    options = ["experiment=linear", *of("own"), "max_steps=1", "batch_size=8", "compile=false"]
    options += ["+model.network.classes=2", "+model.loss.ignore_class=255"]
    folder = run(tmp_path / "run", backend, *options).folder
    capfd.readouterr()
    evaluate(compose([f"run={folder}", *of("void")], "evaluate"))
    assert "counts mask=255, which the loss ignores, as wrong" in capfd.readouterr().err
    # A run of before goes on with its own labels, and with no others.
    begun = json.loads((folder / "run.json").read_text())
    del begun[BESIDE_IGNORED]
    for told in (None, json.dumps(begun)):
        if told:
            (folder / "run.json").write_text(told)
        with pytest.raises(UserError, match="from 2 to 2, and the loss wants whole numbers from 0"):
            evaluate(compose([f"run={folder}", *of("beyond")], "evaluate"))


class Projecting(keras.Model):
    """Has a layer that its loss alone calls."""

    def __init__(self, classes):
        super().__init__()
        self.dense, self.projection = keras.layers.Dense(classes), keras.layers.Dense(4)

    def build(self, input_shape):
        self.dense.build(input_shape)

    def call(self, inputs):
        return self.dense(inputs)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        loss = super().compute_loss(x, y, y_pred, sample_weight, training=training)
        return loss + keras.ops.mean(keras.ops.square(self.projection(y_pred)))


@pytest.mark.slow
@pytest.mark.in_turn
def test_a_layer_that_the_loss_alone_calls_has_the_weights_of_the_run(tmp_path, backend):
    x = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
    np.savez(tmp_path / "own.npz", x=x, label=np.arange(40) % 3)
    np.savez(tmp_path / "x.npz", x=x)
    arrays = ["data=arrays", f"data.path={tmp_path / 'own.npz'}", "data.labels=label"]
    target = f"model.network._target_={__name__}.Projecting"
    options = ["experiment=linear", *arrays, "max_steps=3", "batch_size=8", target]
    done = run(tmp_path / "run", backend, *options)
    words = [f"run={done.folder}", "checkpoint=last"]
    found = evaluate(compose(words, "evaluate"))
    tested = read_json(done, "summary.json")["metrics"]
    assert found == pytest.approx({name: tested[name] for name in found}, rel=1e-5)
    # Without labels there is no loss that would call it.
    outputs = []
    for data in ([], ["data=arrays", f"data.path={tmp_path / 'x.npz'}"]):
        words = [f"run={done.folder}", "checkpoint=last", "split=all", *data]
        file = predict(compose([*words, f"output={tmp_path / 'out.npz'}"], "predict"))
        with np.load(file) as predicted:
            outputs.append(predicted["output"])
        file.unlink()
    assert len(outputs[0]) == 40
    np.testing.assert_array_equal(*(np.sort(rows, axis=0) for rows in outputs))


@pytest.mark.slow_on("torch")
@pytest.mark.in_turn("torch")
def test_a_few_batches_are_not_traced_on_pytorch(tmp_path, backend, monkeypatch):
    if backend != "torch":
        pytest.skip("other backends compile an evaluation")
    folder = run(tmp_path / "run", backend, "experiment=linear", "max_steps=1").folder
    monkeypatch.setattr(engine_class(), "program", None)
    assert evaluate(compose([f"run={folder}", "checkpoint=last"], "evaluate"))
