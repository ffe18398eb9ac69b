import contextlib
from pathlib import Path

import keras
import numpy as np
import pytest
from omegaconf import OmegaConf

from triceras.checkpoints.finished import Run
from triceras.commands import export_ways
from triceras.commands.export_ways import another_way, check_lengths, ways
from triceras.data.dataset import Dataset, Split
from triceras.errors import UserError


def run_on(backend, model=None):
    config = OmegaConf.create({"model": {"targets": None}, "backend": {"name": backend}})
    data = Dataset("waves", *[Split({"x": np.zeros((2, 4, 3))})] * 3, inputs="x")
    return Run(Path("run"), config, data, model, 0)


@pytest.mark.in_turn
@pytest.mark.parametrize(("shape", "several"), [((None, 3), True), ((4, 3), False)])
def test_a_model_of_several_lengths_is_refused(shape, several):
    inputs = keras.Input(shape)
    model = keras.Model(inputs, keras.layers.GRU(2)(inputs))
    with contextlib.ExitStack() as stack:
        if several:
            stack.enter_context(pytest.raises(UserError, match="is right for inputs of one length"))
        check_lengths(run_on("torch", model))


@pytest.mark.once
@pytest.mark.parametrize("installed", [False, True])
def test_onnx_of_pytorch_has_another_way_where_its_package_is_there(monkeypatch, installed):
    monkeypatch.setattr(export_ways, "has_another_way", lambda: installed)
    names = [way.__name__ for way in ways(run_on("torch"), "onnx")]
    assert names == ["onnx_of_a_program"] * installed + ["onnx_of_one_example"]
    told = another_way(run_on("torch"), "onnx")
    assert told == (
        "" if installed else "; " + "with onnxscript there is another way: pip install onnxscript"
    )
    assert not another_way(run_on("torch"), "torch")
    assert not another_way(run_on("jax"), "onnx")
