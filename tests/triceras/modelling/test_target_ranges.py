import contextlib

import keras
import numpy as np
import pytest

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset, Split
from triceras.errors import UserError
from triceras.modelling.target_ranges import FUNCTIONS, RANGES, check_targets

pytestmark = pytest.mark.once

SHARES, COUNTS = np.linspace(0, 1, 20).reshape(10, 2), np.arange(20.0).reshape(10, 2)


class Counts(keras.losses.Loss):
    targets_between = (0.0, np.inf)

    def call(self, y_true, y_pred):
        return keras.ops.mean(y_pred - y_true * keras.ops.log(y_pred), -1)


class Scaled(keras.losses.BinaryCrossentropy):
    def call(self, y_true, y_pred):
        return super().call(keras.ops.sigmoid(y_true), y_pred)


class Flipped:
    parts = ("y",)


def check(loss, y, **more):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    model.compile("sgd", loss)
    split = Split({"x": np.zeros((10, 2), "float32"), "y": y})
    data = Dataset("points", train=split, validation=None, test=split, inputs="x")
    check_targets(model, BatchPreparation("x", "y", **more), data)


@pytest.mark.parametrize(
    "loss",
    [
        *(getattr(keras.losses, name)() for name in RANGES),
        *("binary_crossentropy", "kl_divergence", keras.losses.poisson, Counts()),
    ],
)
def test_what_is_no_probability_or_count_is_refused(loss):
    check(loss, SHARES.astype("float32"))
    with pytest.raises(UserError, match=r"wants targets .* and y of training example 3 holds -2: "):
        check(loss, np.where(np.arange(10) == 3, -2, 1)[:, None].astype("int32"))


@pytest.mark.parametrize(("greys", "told"), [(SHARES, True), (SHARES > 0.5, False)])
def test_a_likelihood_of_binary_numbers_is_told_of_others(greys, told, caplog):
    class Binary(Counts):
        targets_binary = True

    check(Counts(), SHARES.astype("float32"))
    assert not caplog.messages
    check(Binary(), greys.astype("float32"))
    said = "the loss Binary is a likelihood of targets that are 0 or 1, and y of training example 0"
    assert [message.startswith(said) for message in caplog.messages] == [True] * told
    check(Binary(), greys.astype("float32"), augment=[Flipped()])
    assert len(caplog.messages) == told


@pytest.mark.parametrize(("high", "refused"), [(0.5, False), (1.5, True)])
def test_a_model_may_say_what_it_wants_of_its_inputs(high, refused):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    model.compile("sgd", "mse")
    split = Split({"x": np.full((10, 2), high), "y": COUNTS})
    data = Dataset("points", train=split, validation=None, test=split, inputs="x")
    check_targets(model, BatchPreparation("x", "y"), data)
    model.inputs_between = (0.0, 1.0)
    with contextlib.ExitStack() as stack:
        if refused:
            said = r"wants inputs from 0 to 1, and x of training example 0 holds 1\.5: scale the"
            stack.enter_context(pytest.raises(UserError, match=said))
        check_targets(model, BatchPreparation("x", "y"), data)


@pytest.mark.parametrize("loss", ["poisson", Counts()])
def test_counts_may_be_large(loss):
    check(loss, COUNTS)
    with pytest.raises(UserError, match="wants targets from 0 to 1"):
        check("binary_crossentropy", COUNTS)


@pytest.mark.parametrize(
    "loss", ["mse", keras.losses.Huber(), Scaled(), keras.losses.cosine_similarity]
)
def test_other_losses_are_of_any_numbers(loss):
    check(loss, -COUNTS)


def test_what_is_augmented_may_be_another_by_then():
    check("binary_crossentropy", COUNTS, augment=[Flipped()])


def test_what_rounds_is_let_pass():
    check("binary_crossentropy", SHARES * 1.0001)


def test_losses_have_these_names_as_functions():
    assert FUNCTIONS["kl_divergence"] == "KLDivergence"
    assert FUNCTIONS["categorical_crossentropy"] == "CategoricalCrossentropy"
