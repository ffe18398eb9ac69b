"""What a run's model makes of data, in a file."""

import dataclasses
import json
import re
import shutil

import keras
import ml_dtypes
import numpy as np
import pytest
from omegaconf import OmegaConf

from triceras.commands.evaluate import evaluate
from triceras.commands.predict import named_outputs, predict
from triceras.config import compose
from triceras.errors import UserError
from triceras.testing.runs import run

pytestmark = pytest.mark.slow_on("jax", "tensorflow")

HERE = "triceras.testing.small.sources"
LOSS = "keras.losses.CategoricalCrossentropy"


@pytest.fixture(scope="module")
def points(backend, tmp_path_factory):
    """A run on data of a user's own, of which some are held out."""
    options = ["experiment=linear", "data=python", f"data.source={HERE}.columns", "compile=false"]
    options += ["data.classes=3", "batch_size=16", "max_steps=2", "data.test_size=9"]
    options += ["+data.declares.note=5"]
    # A metric that needs labels, which other data may not have.
    metric = "_target_:keras.metrics.SparseTopKCategoricalAccuracy,name:top,k:2,target:label"
    options.append(f"+model.layer_metrics={{logits:{{{metric}}}}}")
    return run(tmp_path_factory.mktemp("points"), backend, *options)


def predicted(outcome, *overrides):
    return np.load(predict(compose([f"run={outcome.folder}", *overrides], "predict")))


@pytest.mark.slow_on("torch")
@pytest.mark.in_turn
def test_each_row_of_the_test_data_has_its_output(points, capsys):
    found = predicted(points, "checkpoint=last", "batch_size=4")
    assert capsys.readouterr().out.strip().splitlines()[-1].endswith("last-columns-test.npz")
    test = points.objects["data"].test
    order = np.argsort(test.numbers)
    assert found["row"].tolist() == sorted(test.numbers.tolist())
    assert len(found["row"]) == 9
    wanted = keras.ops.convert_to_numpy(points.objects["model"](test["point"]))
    np.testing.assert_allclose(found["output"], wanted[order], rtol=1e-5, atol=1e-6)


@pytest.mark.once
def test_all_rows_in_the_order_of_the_source(points, tmp_path):
    found = predicted(points, "checkpoint=last", "split=all", f"output={tmp_path / 'all.npz'}")
    assert found["row"].tolist() == list(range(60))
    whole = points.objects["data"]
    wanted = np.empty((60, 3), "float32")
    for split in (whole.train, whole.validation, whole.test):
        outputs = points.objects["model"](split["point"])
        wanted[split.numbers] = keras.ops.convert_to_numpy(outputs)
    np.testing.assert_allclose(found["output"], wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.once
def test_other_data_need_no_labels_and_may_be_fewer_than_a_batch(points):
    other = ["data=python", f"data.source={__name__}.unlabelled", "split=all"]
    found = predicted(points, "checkpoint=last", *other)
    assert found["output"].shape == (10, 3)
    assert not np.any(np.isnan(found["output"]))


@pytest.mark.once
def test_predictions_for_other_data_of_one_name_are_kept_apart(points, tmp_path):
    folder = shutil.copytree(points.folder, tmp_path / "copy")
    shutil.rmtree(folder / "predictions", ignore_errors=True)
    shape = points.objects["data"].train.shape("point")
    for count in (1, 3, 4):
        (tmp_path / str(count)).mkdir()
        rows = np.random.default_rng(count).normal(size=(count, *shape)).astype("float32")
        np.savez(tmp_path / str(count) / "new.npz", point=rows)

    def path_of(count):
        data = ["data=arrays", f"data.path={tmp_path / str(count) / 'new.npz'}", "split=all"]
        return predict(compose([f"run={folder}", "checkpoint=last", *data], "predict"))

    first, second = path_of(3), path_of(4)
    assert first.name == "last-new-all.npz"
    assert re.fullmatch(r"last-new-all-[0-9a-f]{8}\.npz", second.name)
    assert [len(np.load(path)["row"]) for path in (first, second)] == [3, 4]
    single = np.load(path_of(1))
    outputs = points.objects["model"](np.load(tmp_path / "1" / "new.npz")["point"])
    np.testing.assert_allclose(single["output"], keras.ops.convert_to_numpy(outputs), rtol=1e-5)
    assert single["row"].tolist() == [0]
    described = json.loads(second.with_suffix(".json").read_text())
    assert described["data_settings"]["path"] == str(tmp_path / "4" / "new.npz")
    assert (path_of(4), path_of(3)) == (second, first)


@pytest.mark.once
def test_other_data_with_more_classes_than_the_run_s(points, tmp_path):
    folder = shutil.copytree(points.folder, tmp_path / "copy")
    kept = json.loads((folder / "data.json").read_text())
    (folder / "data.json").write_text(json.dumps(kept | {"classes": 2}))
    words = [f"run={folder}", "checkpoint=last", "data=python", f"data.source={HERE}.columns"]
    with pytest.raises(UserError, match=r"columns have 3 classes, and the run .* trained with 2"):
        evaluate(compose(words, "evaluate"))


@pytest.mark.once
def test_labels_that_are_none_of_the_run_s_classes(points):
    words = [f"run={points.folder}", "checkpoint=last", "data=python"]
    words.append(f"data.source={__name__}.relabelled")
    with pytest.raises(UserError, match=r"label is .* data.classes=3"):
        evaluate(compose(words, "evaluate"))


def relabelled():
    return {"point": np.ones((40, 4), "float32"), "label": np.full(40, 3)}


def unlabelled():
    return {"point": np.ones((10, 4), "float32")}


def wrong():
    return {"point": np.ones((10, 5), "float32")}


class Turned:
    """Changes what the model is given, in training and outside it."""

    def __call__(self, parts, key, ops):
        return self.outside_training(parts)

    def outside_training(self, parts):
        return {**parts, "point": -2 * parts["point"]}


class TurnedByLabel(Turned):
    """Reads more than it says."""

    def outside_training(self, parts):
        return {**parts, "point": parts["point"] * (1 + parts["label"][:, None])}


def augmented(points, folder, *augment):
    """The same run, as if it had been trained with augmentations."""
    copied = shutil.copytree(points.folder, folder)
    config = OmegaConf.load(copied / "config.yaml")
    config.augment = [*augment]
    # Those of labels do not go with examples that are mixed.
    config.model.update(loss={"_target_": LOSS}, metrics=None)
    OmegaConf.save(config, copied / "config.yaml")
    return dataclasses.replace(points, folder=copied)


@pytest.mark.once
def test_inputs_are_what_the_model_is_tested_with(points, tmp_path):
    mixing = {"_target_": "triceras.augment.MixUp", "part": "point"}
    turned = {"_target_": f"{__name__}.Turned"}
    outcome = augmented(points, tmp_path / "copy", turned, mixing)
    test = points.objects["data"].test
    wanted = keras.ops.convert_to_numpy(points.objects["model"](-2 * test["point"]))
    found = predicted(outcome, "checkpoint=last")["output"]
    np.testing.assert_allclose(found, wanted[np.argsort(test.numbers)], rtol=1e-5, atol=1e-6)
    other = ["data=python", f"data.source={__name__}.unlabelled", "split=all"]
    wanted = keras.ops.convert_to_numpy(points.objects["model"](-2 * unlabelled()["point"]))
    found = predicted(outcome, "checkpoint=last", *other)["output"]
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.once
def test_an_input_that_cannot_be_brought_into_form_is_told(points, tmp_path):
    outcome = augmented(points, tmp_path / "copy", {"_target_": f"{__name__}.TurnedByLabel"})
    other = ["data=python", f"data.source={__name__}.unlabelled", "split=all"]
    with pytest.raises(UserError, match="reads 'label', which unlabelled lacks: give data that"):
        predicted(outcome, "checkpoint=last", *other)


@pytest.mark.once
def test_what_cannot_be_predicted_is_told(points, tmp_path):
    for overrides, message in (
        (["split=tests"], "split=tests is unknown"),
        (["output=here.csv"], "ends in neither .npz nor .parquet"),
        ([f"output={tmp_path}/file/a.npz"], "cannot be written"),
        (["data=python", f"data.source={__name__}.wrong"], "does not fit the data wrong"),
    ):
        (tmp_path / "file").touch()
        with pytest.raises(UserError, match=message):
            predicted(points, "checkpoint=last", *overrides)


@pytest.mark.once
def test_half_precision_is_written_as_numbers():
    half = np.asarray([0.5, 2.0], ml_dtypes.bfloat16)
    found = named_outputs(None, half)["output"]
    assert (found.dtype, found.tolist()) == ("float32", [0.5, 2.0])


@pytest.mark.once
def test_several_outputs_have_their_names():
    one, two = np.zeros((2, 3)), np.ones(2)
    assert list(named_outputs(None, one)) == ["output"]
    assert list(named_outputs(None, {"a": one, "b": [two, two]})) == ["a", "b_0", "b_1"]
    assert list(named_outputs(None, [one, two])) == ["output_0", "output_1"]
    inputs = keras.Input((2,))
    heads = [keras.layers.Dense(1, name=name)(inputs) for name in ("mean", "scale")]
    assert list(named_outputs(keras.Model(inputs, heads), [one, two])) == ["mean", "scale"]
    encoder, other = keras.layers.Dense(1, name="encoder"), keras.Input((2,))
    siamese = keras.Model([inputs, other], [encoder(inputs), encoder(other)])
    assert list(named_outputs(siamese, [one, two])) == ["output_0", "output_1"]


@pytest.mark.once
def test_a_parquet_table(points, tmp_path):
    pyarrow = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "out.parquet"
    predict(compose([f"run={points.folder}", "checkpoint=last", f"output={path}"], "predict"))
    assert pyarrow.read_table(path).column_names == ["row", "output"]
