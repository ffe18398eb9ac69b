import logging
import re
from types import SimpleNamespace

import numpy as np
import pytest
from omegaconf import OmegaConf

from triceras.commands.target_scales import targets, tell_of_scales
from triceras.data.dataset import Dataset, Split
from triceras.runs import data_file

pytestmark = pytest.mark.once

ONE, TWO = ({"mean": [2.5], "deviation": [0.5]}, {"mean": [1.0, 2.0], "deviation": [1.0, 3.0]})


def data_of(parts, **options):
    split = Split({part: np.zeros(2) for part in parts})
    return Dataset("own", split, None, split, **options)


@pytest.mark.parametrize(
    ("targets", "known", "told"),
    [
        ("price", {"price": ONE, "features": TWO}, "price .* multiply by 0.5 and add 2.5 to have"),
        ("labels", {"price": ONE, "features": TWO}, "price .* multiply by 0.5"),
        ({"a": "price"}, {"price": {"mean": 3.0, "deviation": 2.0}}, "multiply by 2 and add 3"),
        ("inputs", {"features": TWO}, "features .* by the deviations in its data.json"),
        ("labels", {"features": TWO}, None),
        ("price", {"features": TWO}, None),
        (None, {"price": ONE}, None),
    ],
)
@pytest.mark.parametrize("data", [["features"], ["features", "price"]])
def test_predictions_of_what_was_scaled_are_told_of(
    targets, known, told, data, monkeypatch, caplog
):
    monkeypatch.setattr(data_file, "kept", lambda folder: {"normalization": known})
    monkeypatch.setattr(logging.getLogger("triceras"), "propagate", True)
    config = OmegaConf.create({"model": {"targets": targets}})
    tell_of_scales(SimpleNamespace(folder="here", config=config, data=data_of(data)), "features")
    assert len(caplog.messages) == (told is not None)
    if told is not None:
        assert re.search(told, caplog.messages[0])


@pytest.mark.parametrize(
    ("config", "data", "known", "found"),
    [
        ("labels", data_of(["features", "label", "extra"]), ["features", "extra"], ["label"]),
        ("labels", data_of(["features", "x", "y"], labels="x"), ["x", "y"], ["x"]),
        ("labels", data_of(["features"]), ["features", "price"], ["price"]),
        ("labels", data_of(["features", "row"]), ["features", "price"], ["price"]),
        ("labels", data_of(["features"]), ["x", "y"], []),
        ({"a": "price", "b": "label"}, data_of(["features"]), ["price"], ["price", "label"]),
        (["inputs", "labels"], data_of(["features", "price"]), ["price"], ["features", "price"]),
    ],
)
def test_the_targets_of_a_run_are_those_that_it_was_trained_with(config, data, known, found):
    assert targets(OmegaConf.create({"of": config}).of, "features", data, known) == found
