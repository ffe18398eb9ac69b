import logging
import re
from types import SimpleNamespace

import pytest
from omegaconf import OmegaConf

from triceras.commands.target_scales import tell_of_scales
from triceras.runs import data_file

pytestmark = pytest.mark.once

ONE, TWO = ({"mean": [2.5], "deviation": [0.5]}, {"mean": [1.0, 2.0], "deviation": [1.0, 3.0]})


@pytest.mark.parametrize(
    ("targets", "known", "told"),
    [
        ("price", {"price": ONE, "features": TWO}, "price .* multiply by 0.5 and add 2.5 to have"),
        ("labels", {"price": ONE, "features": TWO}, "price .* multiply by 0.5"),
        ({"a": "price"}, {"price": {"mean": 3.0, "deviation": 2.0}}, "multiply by 2 and add 3"),
        ("inputs", {"features": TWO}, "features .* by the deviations in its data.json"),
        ("price", {"features": TWO}, None),
        (None, {"price": ONE}, None),
    ],
)
def test_predictions_of_what_was_scaled_are_told_of(targets, known, told, monkeypatch, caplog):
    monkeypatch.setattr(data_file, "kept", lambda folder: {"normalization": known})
    monkeypatch.setattr(logging.getLogger("triceras"), "propagate", True)
    config = OmegaConf.create({"model": {"targets": targets}})
    tell_of_scales(SimpleNamespace(folder="here", config=config), ["features"])
    assert len(caplog.messages) == (told is not None)
    if told is not None:
        assert re.search(told, caplog.messages[0])
