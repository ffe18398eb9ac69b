import numpy as np
import pytest

from triceras.parity.evidence import Evidence

pytestmark = pytest.mark.once


def test_what_is_saved_is_loaded_in_the_same_order(evidence, tmp_path):
    evidence.tensors["layers"] = {"model/z:1 [0]": np.arange(3), "a/b": np.float32([np.nan])}
    evidence.save(tmp_path / "jax")
    loaded = Evidence.load(tmp_path / "jax")
    assert loaded.facts == evidence.facts
    assert list(loaded.tensors) == list(evidence.tensors)
    for part, tensors in evidence.tensors.items():
        assert list(loaded.tensors[part]) == list(tensors)
        for name, array in tensors.items():
            np.testing.assert_array_equal(loaded.tensors[part][name], array)
            assert loaded.tensors[part][name].dtype == array.dtype
    assert list(loaded.losses) == ["custom", "fit"]
    np.testing.assert_array_equal(loaded.losses["fit"]["loss"], evidence.losses["fit"]["loss"])


def test_each_label_has_files_of_its_own(evidence, tmp_path):
    for name in ("jax", "jax-again"):
        evidence.save(tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "jax-again.json",
        "jax-again.npz",
        "jax.json",
        "jax.npz",
    ]
