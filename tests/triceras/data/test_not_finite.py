import logging

import numpy as np
import pytest

from triceras.data.dataset import Split
from triceras.data.not_finite import telling_bad_data, warn_of_no_numbers
from triceras.errors import UserError

pytestmark = pytest.mark.once


class LossError(Exception):
    """What is explained."""


def data(row=None, value=np.nan, kind="float32"):
    array = np.ones((10, 3), kind)
    if row is not None:
        array[row, 1] = value
    # The rows that a division has given it, of more.
    return Split({"point": array, "label": np.arange(10)}, 2 * np.arange(10))


@pytest.mark.parametrize(("value", "kind"), [(np.nan, "float32"), (np.inf, "float16")])
def test_what_the_data_hold_is_said_of_the_loss(value, kind):
    with (
        pytest.raises(UserError, match=rf"lost, as point of row 8 .* holds {value}: mend"),
        telling_bad_data(data(4, value, kind), ["label", "point"], LossError),
    ):
        raise LossError("lost: do something")


@pytest.mark.parametrize(("split", "names"), [(data(), ["point"]), (data(4), ["label"])])
def test_an_error_that_is_not_of_the_data_stays(split, names):
    with pytest.raises(LossError, match="lost"), telling_bad_data(split, names, LossError):
        raise LossError("lost")


def test_other_errors_stay():
    with pytest.raises(KeyError), telling_bad_data(data(4), ["point"], LossError):
        raise KeyError("point")


def test_what_is_not_in_memory_is_not_looked_at(monkeypatch):
    split = data(4)
    monkeypatch.setattr(split, "in_memory", lambda names: False)
    with pytest.raises(LossError, match="lost"), telling_bad_data(split, ["point"], LossError):
        raise LossError("lost")


@pytest.mark.parametrize(
    ("split", "cause"),
    [
        (data(), ""),
        (data(4), ", as point of row 8 (from 0, as they came) holds nan: mend the data"),
    ],
)
def test_what_is_no_number_in_an_evaluation_is_said(split, cause, caplog):
    results = {"test_loss": np.nan, "test_accuracy": 0.5}
    with caplog.at_level(logging.WARNING):
        warn_of_no_numbers(results, split, ["point", "label"], "test")
    assert f"no number on the test data: test_loss is nan{cause}" in caplog.text
    assert "accuracy is" not in caplog.text


def test_numbers_are_not_spoken_of(caplog):
    warn_of_no_numbers({"test_loss": 1.0}, data(4), ["point"], "test")
    assert not caplog.text
