"""Weights of examples that mean something else than how much each counts are told of."""

import logging

import numpy as np
import pytest

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Split
from triceras.errors import UserError
from triceras.modelling.weights_of_examples import TRAINING, check_weights_of_examples

pytestmark = pytest.mark.once


def look(weights, name=TRAINING, parts="w"):
    split = Split({"x": np.ones(4, "float32"), "w": np.array(weights)})
    check_weights_of_examples(BatchPreparation("x", "x", parts), {name: split, "validation": None})


def test_weights_below_0_are_counted(caplog):
    look([0.5, -1.0, -2.0, 1.0], parts={"a": "w", "b": "w"})
    assert [one.message.partition(":")[0] for one in caplog.records] == [
        "w, which model.sample_weight names, is below 0 2 of 4 times in the training data"
    ]


def test_no_weight_at_all_is_refused_where_it_is_trained_on(caplog):
    with pytest.raises(UserError, match=r"^w, .* is 0 in all of the training data, so that"):
        look([0, 0, 0, 0])
    look([0.0, 0.0, 0.0, 0.0], "test")
    assert "is 0 in all of the test data" in caplog.text


def test_an_output_without_weight_is_told_where_another_has_some(caplog):
    split = Split({"x": np.ones(4, "float32"), "one": np.ones(4), "other": np.zeros(4)})
    batch = BatchPreparation("x", {"a": "x", "b": "x"}, {"a": "one", "b": "other"})
    check_weights_of_examples(batch, {TRAINING: split})
    assert "other, which model.sample_weight names, is 0 in all of the training data" in caplog.text


@pytest.mark.parametrize("weights", [[0, 1, 0, 0], [0.5, 1.0, np.nan, 2.0], [True, False] * 2])
def test_other_weights_are_taken_without_a_word(weights, caplog):
    caplog.set_level(logging.INFO)
    look(weights)
    look(weights, parts=None)
    assert not caplog.records
