import logging

import numpy as np
import pytest
from omegaconf import OmegaConf

from triceras.data.dataset import Dataset, Split
from triceras.modelling import given_labels
from triceras.modelling.given_labels import tell_of_given_labels

pytestmark = pytest.mark.once

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
        tell_of_given_labels(OmegaConf.create({"targets": targets}), data)
    said = [record.getMessage() for record in caplog.records]
    if given is None:
        assert not said
    else:
        assert [line.split(",")[0] for line in said] == [f"the model is given {given}"]


RANDOM = np.random.default_rng(0)
NUMBERS = RANDOM.normal(size=(60, 3)).astype("float32")
PRICE = (1e4 + 300 * RANDOM.normal(size=60)).astype("float32")
KIND = RANDOM.integers(0, 3, 60).astype("int32")
SCALED = ((PRICE - PRICE.mean()) / PRICE.std()).astype("float32")


def beside(column):
    return np.column_stack([NUMBERS, column]).astype("float32")


# What is not finite is told of where a step takes it, and by no line of NumPy here.
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("features", "target", "told"),
    [
        (beside(PRICE), PRICE, True),
        (beside(SCALED), PRICE, True),
        (beside(-PRICE), SCALED[:, None], True),
        (SCALED, PRICE, True),
        (beside(KIND), KIND, True),
        (beside(KIND == 1), (KIND == 1).astype("int32"), True),
        (beside(PRICE), KIND, False),
        (beside(PRICE + NUMBERS[:, 0]), PRICE, False),
        (beside(np.ones(60)), np.ones(60, "int32"), False),
        (np.tile(PRICE[:, None, None], (1, 2, 2)), PRICE, False),
        (beside(PRICE)[:10], PRICE[:10], False),
        (beside(np.where(np.arange(60) == 7, np.inf, PRICE)), PRICE, False),
    ],
)
def test_a_column_that_is_the_target_is_told_of(features, target, told, caplog):
    split = Split({"features": features, "price": target})
    data = Dataset("own", split, None, split, labels="price")
    with caplog.at_level(logging.WARNING):
        tell_of_given_labels(OmegaConf.create({"targets": "labels"}), data)
    assert ("tells the target 'price' exactly, in all of the first 60" in caplog.text) == told
    assert ("column 3 (counted from 0) of the input" in caplog.text) == (told and features.ndim > 1)


def test_no_picture_is_read_for_it(monkeypatch, caplog):
    taken, take = [], Split.take

    def noting(self, rows, names=None):
        taken.extend(names)
        return take(self, rows, names)

    monkeypatch.setattr(Split, "take", noting)
    parts = {"picture": np.zeros((60, 8, 8)), "table": NUMBERS, "price": PRICE}
    split = Split(parts)
    config = OmegaConf.create({"targets": {"one": "price", "other": "picture"}})
    data = Dataset("own", split, None, split, inputs=["picture", "table"])
    with caplog.at_level(logging.WARNING):
        tell_of_given_labels(config, data)
    assert sorted(taken) == ["price", "table"]
    assert not caplog.text


@pytest.mark.parametrize("typed", [True, False])
def test_what_is_typed_and_not_heard_is_told_of(typed, monkeypatch, caplog):
    monkeypatch.setattr(given_labels, "typed_in", lambda group: {"inputs"} if typed else set())
    split = Split({"features": NUMBERS, "price": PRICE})
    data = Dataset("own", split, None, split, labels="price")
    config = OmegaConf.create({"targets": "labels", "inputs": ["features"]})
    with caplog.at_level(logging.WARNING):
        tell_of_given_labels(config, data)
    assert ("set model.inputs (now ['features'])" in caplog.text) == typed
    caplog.clear()
    data = Dataset("own", split, None, split, inputs=["features"], labels="price")
    with caplog.at_level(logging.WARNING):
        tell_of_given_labels(config, data)
    assert not caplog.text
