from pathlib import Path

import keras
import numpy as np
import pytest

from triceras.data.batch import Batch
from triceras.errors import UserError
from triceras.modelling.misfit import telling_misfits

ONE = Batch(np.ones(1), np.ones(1))


def test_shapes_that_do_not_fit_are_named_in_one_line():
    x, y = np.zeros((4, 8, 8, 1)), np.zeros((4,))
    loss = keras.losses.SparseCategoricalCrossentropy()
    with pytest.raises(UserError) as caught, telling_misfits(Batch(x, y)):
        loss(y, keras.ops.ones((4, 8, 8, 10)))
    message = str(caught.value)
    assert "inputs of shape (4, 8, 8, 1) and targets of shape (4,): " in message
    assert "data.flatten" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    "error",
    [
        IndexError("index 0 is out of bounds for dimension 0 with size 0"),
        IndexError("Dimension out of range (expected to be in range of [-1, 0], but got 1)"),
        RuntimeError("mat1 and mat2 shapes cannot be multiplied (16x8 and 64x2)"),
        RuntimeError("The size of tensor a (3) must match the size of tensor b (4)"),
    ],
)
def test_what_pytorch_says_of_shapes_is_a_misfit_too(error):
    with pytest.raises(UserError, match="does not fit"), telling_misfits(ONE):
        raise error


@pytest.mark.on_each
@pytest.mark.parametrize(
    "loss",
    [
        lambda y, outputs: y[:, 1] - outputs[:, 0],
        lambda y, outputs: outputs * y.shape[1],
        lambda y, outputs: outputs - y[:3],
    ],
)
def test_a_loss_of_ones_own_that_takes_targets_for_others_is_told_of_all_shapes(loss):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    x, y = keras.ops.ones((4, 3)), keras.ops.ones((4,))
    with pytest.raises(UserError) as caught, telling_misfits(Batch(x, y), model):
        loss(y, model(x))
    said = str(caught.value)
    assert "inputs of shape (4, 3), outputs of shape (4, 2) and targets of shape (4,): " in said
    assert f"(at {Path(__file__).name}:" in said
    assert "{{" not in said
    assert "[Op:" not in said


def test_several_inputs_of_a_model_that_takes_one_are_named():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    batch = Batch({"image": np.ones((4, 2)), "table": np.ones((4, 3))}, None)
    said = (
        r"takes one array, and is given image \(4, 2\), table \(4, 3\), by name: let model\.inputs"
    )
    with pytest.raises(UserError, match=said), telling_misfits(batch):
        model(batch.inputs)


@pytest.mark.once
def test_no_metric_of_a_single_output_is_no_misfit_of_shapes():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(loss="mean_squared_error", metrics=[None])
    with (
        pytest.raises(UserError, match=r"has null among .*model\.metrics=\[\]"),
        telling_misfits(ONE),
    ):
        model.compute_metrics(None, np.ones((2, 1)), keras.ops.ones((2, 1)))


@pytest.mark.parametrize("error", [IndexError("list index out of range"), RuntimeError("a bug")])
def test_a_bug_is_no_misfit(error):
    with pytest.raises(type(error)), telling_misfits(ONE):
        raise error


def test_other_errors_stay_what_they_are():
    error = TypeError("a bug")
    with pytest.raises(TypeError) as caught, telling_misfits(ONE):
        raise error
    assert caught.value is error
