"""Evidence that is made up, and evidence of short runs on the backend of this process."""

import copy
from pathlib import Path

import numpy as np
import pytest

from triceras.config import compose
from triceras.parity.evidence import PARTS, Evidence

SHORT = ("logger=csv", "batch_size=16", "steps=4")


@pytest.fixture
def evidence():
    """What three layers and five steps might have given."""
    tensors = {part: {"loss": np.array(2.0, "float32")} for part in PARTS}
    tensors["layers"] = {
        f"model/layer_{i}": np.linspace(1, 2, 6, dtype="float32").reshape(2, 3) for i in range(3)
    }
    losses = np.array([2, 1.5, 1, 0.75, 0.5], "float32")
    facts = {"unseen_layers": [], "fit": True, "backend": "jax"}
    return Evidence(tensors, {loop: {"loss": losses.copy()} for loop in ("custom", "fit")}, facts)


@pytest.fixture
def altered(evidence):
    """The same after a function has altered it."""

    def altered(function):
        other = copy.deepcopy(evidence)
        function(other)
        return other

    return altered


@pytest.fixture
def config():
    """The configuration of a check of the smallest experiment."""

    def config(*overrides):
        return compose(["experiment=classifier", *SHORT, *overrides], "parity")

    return config


@pytest.fixture(scope="module")
def collect(backend):
    """Runs an experiment in this process, as `triceras.parity.probe` does in one of its own."""
    from triceras.config import build
    from triceras.parity.probe import probe
    from triceras.random.install import uninstall

    def collect(experiment, *overrides, moved=False):
        words = [f"experiment={experiment}", *SHORT, f"backend={backend}", *overrides]
        config = compose(words, "parity")
        return probe(config, build("data", config.data), words, moved)

    yield collect
    uninstall()


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "outputs"
