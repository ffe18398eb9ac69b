import inspect

import numpy as np
import pytest
from omegaconf import OmegaConf

from triceras.config import PACKAGE, prepare_hydra
from triceras.tracking.csv_files import CsvFiles
from triceras.tracking.mlflow import MlflowTracker
from triceras.tracking.several import build_trackers
from triceras.tracking.tensorboard import TensorboardTracker
from triceras.tracking.tracker import Tracker
from triceras.tracking.wandb import WandbTracker

pytestmark = pytest.mark.once

CONFIGS = sorted((PACKAGE / "logger").glob("*.yaml"))


def test_a_tracker_keeps_nothing_by_itself(folder, run):
    before = sorted(folder.rglob("*"))
    tracker = Tracker()
    tracker.start(folder, {}, run)
    tracker.log_steps(0, {"loss": np.ones(3)})
    tracker.log_epoch(0, 3, {"loss": 1.0})
    tracker.log_figure("curve", folder / "figures" / "curve.png", 3)
    tracker.log_text("model", folder / "model.txt")
    tracker.sync()
    tracker.finish("finished", {}, None)
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("tracker", [CsvFiles, WandbTracker, TensorboardTracker, MlflowTracker])
@pytest.mark.parametrize(
    "method", ["start", "log_steps", "log_epoch", "log_figure", "log_text", "sync", "finish"]
)
def test_every_tracker_keeps_the_contract(tracker, method):
    expected = inspect.signature(getattr(Tracker, method))
    assert inspect.signature(getattr(tracker, method)).parameters.keys() == (
        expected.parameters.keys()
    )


@pytest.fixture
def composed():
    """Makes a configuration of a file of the group."""

    def compose(name):
        return OmegaConf.create(
            {
                "project": "small",
                "experiment": "deep/classifier",
                "backend": {"name": "jax"},
                "notes": "why",
                "sweep_id": "sweep-7",
                "output_dir": "outputs",
                "logger": OmegaConf.load(PACKAGE / "logger" / f"{name}.yaml"),
            }
        )

    return compose


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_config_makes_a_tracker_and_says_all(path, composed):
    config = composed(path.stem)
    (tracker,) = build_trackers(config.logger)
    assert isinstance(tracker, Tracker)
    assert path.read_text().startswith(f"# python scripts/train.py logger={path.stem}")
    settings = set(config.logger) - {path.stem}
    assert settings == inspect.signature(type(tracker)).parameters.keys()


def test_wandb_stays_on_this_machine(composed):
    (tracker,) = build_trackers(composed("wandb").logger)
    assert tracker.mode == "offline"
    assert tracker.group == "sweep-7"
    assert tracker.tags == ["deep/classifier", "jax"]
    assert tracker.notes == "why"


def test_mlflow_keeps_runs_beside_their_folders_unless_it_is_told(composed, monkeypatch):
    prepare_hydra()
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    (tracker,) = build_trackers(composed("mlflow").logger)
    assert tracker.tracking_uri == "sqlite:///outputs/mlflow.db"
    assert tracker.experiment_name == "small"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:5000")
    (tracker,) = build_trackers(composed("mlflow").logger)
    assert tracker.tracking_uri == "http://localhost:5000"
