import logging

import numpy as np
import pytest
from omegaconf import OmegaConf

from triceras import settings
from triceras.data.apart import check_apart, tell_of_the_same
from triceras.data.dataset import Dataset, Split
from triceras.data.python_source import load
from triceras.errors import UserError

pytestmark = pytest.mark.once

X = np.random.default_rng(0).normal(size=(40, 3))
Y = np.arange(40) % 4
BUFFER = np.empty((20, 3))


def filled_anew(split):
    """Of float64, which is cut to 32 bits, and is then in memory of its own."""
    number = ("train", "validation", "test").index(split)
    BUFFER[:] = np.random.default_rng(number).normal(size=BUFFER.shape)
    return {"x": BUFFER, "label": Y[:20].copy()}


def cut(split):
    """Ten rows of validation are rows that are trained on."""
    start, stop = {"train": (0, 30), "validation": (20, 35), "test": (35, 40)}[split]
    return X[start:stop], Y[start:stop]


def apart(split):
    start, stop = {"train": (0, 30), "validation": (30, 35), "test": (35, 40)}[split]
    return {
        "x": X[start:stop],
        "weight": np.ones(40)[: stop - start],
        "mask": np.broadcast_to(X[0], (stop - start, 3)),
    }


class Numbers:
    def __len__(self):
        return 20

    def __getitem__(self, number):
        return {"x": X[number], "label": Y[number]}


NUMBERS = Numbers()
ONES = np.ones(40)


def one_object(split):
    return NUMBERS


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("filled_anew", r"validation is in the memory of train"),
        ("cut", r"validation is in the memory of train"),
        ("one_object", r"validation is the same object as train"),
    ],
)
def test_a_split_that_is_training_data_is_refused(source, message):
    with pytest.raises(UserError, match=rf"{source}: {message}.* new arrays for each split"):
        load(source=f"{__name__}.{source}", names=["x", "label"])


def test_rows_apart_in_one_array_and_what_is_one_row_again_and_again_are_not():
    assert len(load(source=f"{__name__}.apart").validation) == 5
    check_apart("here", {"train": {"w": ONES[:30]}, "validation": None, "test": {"w": ONES[:5]}})


def test_rows_that_are_interleaved_are_apart():
    check_apart("here", {"train": (X[::2],), "test": (X[1::2],)})
    with pytest.raises(UserError, match="test is in the memory"):
        check_apart("here", {"train": (X[::2],), "test": (X[1::3],)})


def data_set(train, test, validation=None):
    def split(x):
        return None if x is None else Split({"x": np.array(x), "label": Y[: len(x)]})

    return Dataset("points", split(train), split(validation), split(test), inputs="x")


def test_the_same_rows_in_other_memory_are_told_of(caplog):
    with caplog.at_level(logging.WARNING):
        tell_of_the_same(data_set(X[:30], X[:5], X[30:]))
    assert [record.getMessage()[:59] for record in caplog.records] == [
        "test has the same inputs as train, all of its first 5: what"
    ]


@pytest.mark.parametrize(
    "test", [X[30:], np.concatenate([X[:4], X[30:]])], ids=["apart", "begins the same"]
)
def test_other_rows_are_not_told_of(caplog, test):
    with caplog.at_level(logging.WARNING):
        tell_of_the_same(data_set(X[:30], test))
        tell_of_the_same(data_set(np.ones((30, 3)), np.ones((5, 3))))
    assert not caplog.records


def test_settings_look_at_what_an_own_function_put_together():
    split = Split({"x": X, "label": Y})
    data = Dataset("own", split, None, split.first(5))
    with pytest.raises(UserError, match="the data own: test is in the memory of train"):
        settings.check_data(OmegaConf.create({"batch_size": 5}), data)
