import numpy as np
import pytest

from triceras.benchmark.inputs import Inputs

pytestmark = pytest.mark.once


def inputs():
    return Inputs(
        weights=[np.full((2, i + 1), i, "float32") for i in range(11)],
        x=np.eye(3, dtype="float32"),
        y=np.arange(3, dtype="int32"),
        indices=np.arange(8, dtype="int32").reshape(4, 2) % 3,
        optimizers=[{"learning_rate": 1e-3, "decay_steps": None}],
        steps_per_call=2,
        seed=5,
        noise={"normal": np.ones((4, 2, 1), "float32")},
    )


def test_file_holds_all_in_order(tmp_path):
    inputs().save(tmp_path / "inputs.npz")
    loaded = Inputs.load(tmp_path / "inputs.npz")
    for ours, theirs in zip(inputs().weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    for name in ("x", "y", "indices"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(inputs(), name))
    np.testing.assert_array_equal(loaded.noise["normal"], inputs().noise["normal"])
    assert (loaded.optimizers, loaded.steps_per_call, loaded.seed) == (inputs().optimizers, 2, 5)
    assert loaded.batch_size == 2


def test_positions_begin_again_after_the_last():
    np.testing.assert_array_equal(inputs().positions(2, 6), [2, 3, 0, 1])


def test_without_noise():
    assert inputs().without_noise().noise == {}
