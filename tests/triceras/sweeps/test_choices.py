"""The sweeps that can be chosen by name."""

import pytest
from omegaconf import OmegaConf

from triceras.sweeps.launching import PlannedLauncher

pytestmark = [pytest.mark.once, pytest.mark.slow]


def values(sweeps, key):
    """What the jobs of the sweep have as the value of a key."""
    paths = sorted(sweeps.sweep.glob("*/job.yaml"))
    return [OmegaConf.select(OmegaConf.load(path), f"config.{key}") for path in paths]


def test_backends(sweeps, monkeypatch):
    monkeypatch.setattr(PlannedLauncher, "run", lambda *_: None)
    sweeps.begin("sweep=backends")
    assert values(sweeps, "backend.name") == ["jax", "tensorflow", "torch"]


def test_seeds(sweeps, monkeypatch):
    monkeypatch.setattr(PlannedLauncher, "run", lambda *_: None)
    sweeps.begin("sweep=seeds")
    assert values(sweeps, "seed") == [0, 1, 2, 3, 4]


def test_what_is_typed_wins(sweeps):
    assert sweeps.begin("sweep=seeds", "seed=0,7").returncode == 0
    assert sweeps.began == ["0 new", "7 new"]
    assert values(sweeps, "seed") == [0, 7]
