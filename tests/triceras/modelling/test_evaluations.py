from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
from omegaconf import OmegaConf

from triceras.errors import UserError
from triceras.modelling.evaluations import asks_for_train, checked, evaluations

PLACE = "model.evaluations.mine"


@pytest.mark.parametrize(
    ("found", "what"),
    [
        (3.0, "returns no dictionary of names and numbers, but 3.0"),
        ({"a": "high"}, "returns 'a', which is no number: 'high'"),
        ({"a": [1, 2]}, "returns 'a', which is no number"),
        ({"test_loss": 1.0}, "returns 'test_loss', which another result is called"),
    ],
)
def test_a_result_that_is_no_number_or_hides_another_is_named(found, what):
    with pytest.raises(UserError, match=f"model.evaluations.mine {what}"):
        checked(PLACE, found, ["test_loss"])


def test_numbers_are_taken():
    assert checked(PLACE, {"a": 1, "b": 0.5}, ["c"]) == {"a": 1.0, "b": 0.5}


def test_training_examples_are_made_where_they_are_asked_for():
    assert asks_for_train({"_target_": f"{__name__}.of_both"})
    assert not asks_for_train({"_target_": f"{__name__}.of_test"})
    assert not asks_for_train({"_target_": "nowhere.at_all"})


def of_both(data, train):
    return {}


def of_test(data):
    return {}


def of_the_third(data):
    return {"third": [1, 2][len(data)]}


def test_where_one_fails_in_a_person_s_own_code_is_said():
    config = OmegaConf.create({"evaluations": {"mine": {"_target_": f"{__name__}.of_the_third"}}})
    data: Any = SimpleNamespace(test=[1, 2, 3], train=[1])
    model: Any = object()
    said = r"list index out of range\) \(at test_evaluations\.py:\d+: return .*\): what the run"
    with pytest.raises(UserError, match=said):
        evaluations(config, model, data, Path())


class OfOneLength(keras.layers.Layer):
    def call(self, inputs):
        raise ValueError("it is of another length")


def of_a_layer(data):
    return {"largest": OfOneLength()(np.ones((1, len(data)))).max()}


def test_it_is_said_once_of_a_layer():
    config = OmegaConf.create({"evaluations": {"mine": {"_target_": f"{__name__}.of_a_layer"}}})
    data: Any = SimpleNamespace(test=[1, 2, 3], train=[1])
    model: Any = object()
    with pytest.raises(UserError, match="it is of another length") as caught:
        evaluations(config, model, data, Path())
    assert str(caught.value).count("(at test_evaluations.py") == 1
