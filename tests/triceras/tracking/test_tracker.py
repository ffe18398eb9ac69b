import inspect

import numpy as np
import pytest
from omegaconf import OmegaConf

from triceras.config import PACKAGE, build
from triceras.tracking.csv_files import CsvFiles
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
    tracker.finish("finished", {}, None)
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("tracker", [CsvFiles, WandbTracker])
@pytest.mark.parametrize("method", ["start", "log_steps", "log_epoch", "log_figure", "finish"])
def test_every_tracker_keeps_the_contract(tracker, method):
    expected = inspect.signature(getattr(Tracker, method))
    assert inspect.signature(getattr(tracker, method)).parameters.keys() == (
        expected.parameters.keys()
    )


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_config_makes_a_tracker(path):
    config = OmegaConf.create(
        {
            "project": "small",
            "experiment": "deep/classifier",
            "backend": {"name": "jax"},
            "notes": None,
            "sweep_id": None,
            "logger": OmegaConf.load(path),
        }
    )
    assert isinstance(build("logger", config.logger), Tracker)
    assert path.read_text().startswith(f"# python scripts/train.py logger={path.stem}")


def test_wandb_config_says_all_and_stays_on_this_machine():
    config = OmegaConf.create(
        {
            "project": "small",
            "experiment": "deep/classifier",
            "backend": {"name": "jax"},
            "notes": "why",
            "sweep_id": "sweep-7",
            "logger": OmegaConf.load(PACKAGE / "logger" / "wandb.yaml"),
        }
    )
    arguments = set(config.logger) - {"_target_"}
    assert arguments == inspect.signature(WandbTracker).parameters.keys()
    tracker = build("logger", config.logger)
    assert tracker.mode == "offline"
    assert tracker.group == "sweep-7"
    assert tracker.tags == ["deep/classifier", "jax"]
    assert tracker.notes == "why"
