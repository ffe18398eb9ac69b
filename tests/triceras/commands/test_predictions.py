"""What is predicted is what the model gives where it is trained and evaluated."""

from types import SimpleNamespace

import numpy as np
import pytest
from keras import ops

from triceras.commands.predict import no_numbers, predict, predictions, tell_of_no_numbers
from triceras.config import compose
from triceras.data.batch import BatchPreparation
from triceras.testing.loops import split_of
from triceras.testing.predicting import Half, Remembering, take_back_mended_steps
from triceras.testing.runs import run

X = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
READ = {"tensor": ops.convert_to_tensor, "value": lambda variable: variable.value}


@pytest.fixture(autouse=True)
def as_keras_has_them(backend, monkeypatch):
    """Takes back, for a test, what this process has mended of Keras's steps."""
    take_back_mended_steps(backend, monkeypatch)


def predicted(model):
    """What is predicted of `X`, in batches of 8."""
    model.build((None, 3))
    model.compile("sgd", "mse")
    split = split_of(X, X)
    batches = [(split, slice(0, 8)), (split, slice(8, 16))]
    found = predictions(SimpleNamespace(model=model), BatchPreparation("x", None), batches, 8)
    return np.concatenate([outputs["output"] for outputs in found])


def test_predictions_are_of_the_type_that_a_model_computes_with():
    found = predicted(model := Half())
    np.testing.assert_array_equal(found, ops.convert_to_numpy(ops.cast(model(X), "float32")))


@pytest.mark.parametrize("read", READ)
def test_predictions_are_of_what_was_read_before_it_was_assigned(read):
    found = predicted(Remembering(READ[read]))
    np.testing.assert_array_equal(found, [*np.zeros((8, 3)), *X[:8]])


@pytest.mark.slow
@pytest.mark.once
def test_data_without_pictures_that_the_model_is_not_given_are_predicted(tmp_path, backend, capsys):
    parts = {"image": np.zeros((16, 8, 8, 1), "float32"), "x": X, "label": np.arange(16) % 2}
    np.savez(tmp_path / "own.npz", **parts)
    np.savez(tmp_path / "new.npz", x=X)
    options = ["experiment=linear", "data=arrays", f"data.path={tmp_path / 'own.npz'}"]
    options += ["+model.inputs=x", "max_steps=1", "batch_size=4", "compile=false"]
    folder = run(tmp_path / "run", backend, *options).folder
    words = [f"run={folder}", "checkpoint=last", "split=all", f"output={tmp_path / 'p.npz'}"]
    predict(compose([*words, "data=arrays", f"data.path={tmp_path / 'new.npz'}"], "predict"))
    assert len(np.load(tmp_path / "p.npz")["output"]) == 16
    said = capsys.readouterr().out.splitlines()[-2:]
    assert said == ["last checkpoint, step 1: new, all, 16 rows", f"predictions: {words[-1][7:]}"]


def test_rows_whose_predictions_are_no_numbers_are_told(caplog):
    outputs = {"a": np.zeros((5, 2), "float32"), "b": np.arange(5)}
    tell_of_no_numbers(np.flatnonzero(no_numbers(outputs)))
    assert not caplog.messages
    outputs["a"][[0, 1, 3, 4], [1, 0, 0, 1]] = np.nan, np.inf, -np.inf, np.nan
    tell_of_no_numbers(np.flatnonzero(no_numbers(outputs)))
    (told,) = caplog.messages
    assert told.startswith("predictions of row 0, 1, 3 and 1 more are NaN or infinite")
