import logging

import numpy as np
import pytest
from omegaconf import OmegaConf

from triceras.data.dataset import Dataset, Split
from triceras.errors import UserError
from triceras.modelling.named_parts import targets_of, tell_of_given_targets

pytestmark = pytest.mark.once


def test_targets_may_be_named_of_data_that_lack_them():
    split = Split({"features": np.zeros(2), "label": np.zeros(2)})
    data = Dataset("own", split, None, split)
    named = {"a": "price", "b": "labels"}
    assert targets_of(named, "features", data, there=False) == {"a": "price", "b": "label"}
    with pytest.raises(UserError, match=r"model\.targets\.a='price' is unknown: own has features"):
        targets_of(named, "features", data)


TABLE = ["size", "age", "price", "label"]


@pytest.mark.parametrize(
    ("inputs", "targets", "labels", "given"),
    [
        ("label", "labels", "label", "label"),
        (["size", "price"], "labels", "price", "price"),
        ({"a": "size", "b": "label"}, {"out": "label"}, None, "label"),
        (["size", "price"], {"out": "price", "also": "age"}, "price", "price"),
        (["size", "age"], "labels", "price", None),
        # What a conditional autoencoder is given and reconstructs.
        (["size", "label"], "size", None, None),
        ("label", "inputs", None, None),
        (["size", "label"], None, None, None),
    ],
)
def test_a_model_that_is_given_its_label_is_told_of(inputs, targets, labels, given, caplog):
    split = Split({name: np.zeros(2) for name in TABLE})
    data = Dataset("own", split, None, split, inputs=inputs, labels=labels)
    with caplog.at_level(logging.WARNING):
        tell_of_given_targets(OmegaConf.create({"targets": targets}), data)
    said = [record.getMessage() for record in caplog.records]
    if given is None:
        assert not said
    else:
        assert [line.split(",")[0] for line in said] == [f"the model is given {given}"]


def test_inputs_among_several_targets_are_those_of_the_model():
    split = Split({"first": np.zeros(2), "second": np.zeros(2), "label": np.zeros(2)})
    data = Dataset("own", split, None, split)
    assert targets_of("inputs", "second", data) == "second"
    named = {"again": "inputs", "kind": "labels"}
    assert targets_of(named, "second", data) == {"again": "second", "kind": "label"}
