import builtins
import sys

import numpy as np
import pytest

from triceras.errors import UserError
from triceras.weights.arrays import read_npz, read_safetensors, slashed

pytestmark = pytest.mark.once


@pytest.mark.slow
def test_a_checkpoint_has_weights_and_no_counters(short):
    found = read_npz(short.folder / "checkpoints" / "last.npz")
    model = short.objects["model"]
    assert list(found.names) == [weight.path for weight in model.weights]
    assert len(model.variables) > len(found.names)
    assert found.ordered
    for array, weight in zip(found.arrays, model.weights, strict=True):
        np.testing.assert_array_equal(array, weight.numpy())


def test_dots_are_slashes_where_there_are_none():
    assert slashed("encoder.conv.kernel") == "encoder/conv/kernel"
    assert slashed("encoder/conv.1/kernel") == "encoder/conv.1/kernel"


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    original = builtins.__import__

    def without(name, *arguments, **options):
        if name.startswith("safetensors"):
            raise ImportError(name)
        return original(name, *arguments, **options)

    for name in [name for name in sys.modules if name.startswith("safetensors")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UserError, match="needs the package safetensors: pip install safetensors"):
        read_safetensors(tmp_path / "a.safetensors")
