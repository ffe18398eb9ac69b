from types import SimpleNamespace

import numpy as np
import pytest
from omegaconf import OmegaConf

from triceras.commands.export import forms_of_inputs, missing_package
from triceras.data.dataset import Dataset, Split
from triceras.runs import data_file

pytestmark = pytest.mark.once


def test_what_no_exported_file_does_to_its_inputs_is_told(tmp_path, monkeypatch):
    split = Split({name: np.zeros((2, 1)) for name in ("features", "soil", "label", "plain")})
    inputs = {"a": "features", "b": "soil", "c": "plain"}
    run = SimpleNamespace(
        folder=tmp_path,
        config=OmegaConf.create({"model": {"inputs": inputs}}),
        data=Dataset("own", split, None, split),
    )
    kept = {
        "normalization": {"features": {"mean": [1.0], "deviation": [2.0]}, "label": {}},
        "vocabularies": {"soil": ["clay", "sand"]},
    }
    monkeypatch.setattr(data_file, "kept", lambda folder: kept)
    scaled, texts = forms_of_inputs(run)
    assert scaled == (
        "the input 'features' wants its numbers less the means and over the deviations in "
        f"{tmp_path / 'data.json'} (normalization)"
    )
    assert texts.startswith("the input 'soil' wants its numbers as the places of their texts, ")
    monkeypatch.setattr(data_file, "kept", lambda folder: None)
    assert not forms_of_inputs(run)


def test_the_package_that_an_exporter_lacks_is_named():
    assert missing_package(ModuleNotFoundError("No module named 'a'", name="a")) == "a"
    assert missing_package(RuntimeError("Module onnx is not installed!")) == "onnx"
    assert missing_package(ImportError("This requires the jax2onnx module. You can")) == "jax2onnx"
    assert missing_package(NameError("name 'b' is not defined", name="b")) is None
