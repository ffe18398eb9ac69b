import pytest
from omegaconf import OmegaConf

from triceras.checkpoints.resume import take_from_environment
from triceras.config import compose
from triceras.errors import UserError
from triceras.sections import check
from triceras.tracking.csv_files import CsvFiles
from triceras.tracking.several import build_trackers, targets_of
from triceras.tracking.tensorboard import TensorboardTracker
from triceras.tracking.tracked import tracked
from triceras.tracking.tracker import Tracker
from triceras.tracking.wandb import WandbTracker

pytestmark = pytest.mark.once

ONE = {"_target_": "triceras.tracking.tracker.Tracker"}


# A tracker that stands in the section itself, as a project may have one.
OWN = {"_target_": "triceras.tracking.csv_files.CsvFiles", "log_every": 2}


def trackers(*words):
    config = compose(words)
    check(config)
    return build_trackers(config.logger)


def refused(section):
    with pytest.raises(UserError) as caught:
        build_trackers(OmegaConf.create(section))
    return str(caught.value)


def test_one_is_typed_as_ever():
    (tracker,) = trackers("logger=wandb", "logger.mode=disabled", "logger.log_every=3")
    assert isinstance(tracker, WandbTracker)
    assert (tracker.mode, tracker.log_every) == ("disabled", 3)


def test_several_share_the_settings_that_they_know():
    words = ("logger=[wandb,csv,tensorboard]", "logger.mode=disabled", "logger.log_every=3")
    wandb, csv, tensorboard = trackers(*words, "+logger.tensorboard.log_every=7")
    assert isinstance(wandb, WandbTracker)
    assert isinstance(tensorboard, TensorboardTracker)
    assert type(csv) is Tracker
    assert (wandb.mode, wandb.log_every, tensorboard.log_every) == ("disabled", 3, 7)


def test_a_project_s_own_tracker_and_that_of_an_older_run_are_alone():
    (own,) = build_trackers(OmegaConf.create(OWN))
    assert (type(own), own.log_every) == (CsvFiles, 2)
    own, _ = build_trackers(OmegaConf.create({"log_every": 5, "own": OWN, "csv": ONE}))
    assert (type(own), own.log_every) == (CsvFiles, 2)
    older = {"_target_": "triceras.tracking.wandb.WandbTracker", "mode": "disabled"}
    assert build_trackers(OmegaConf.create(older))[0].mode == "disabled"


def test_what_is_wrong_is_one_line():
    assert refused({"csv": ONE, "mode": "online"}) == (
        "logger.mode has no effect, as csv has no such setting: leave it out"
    )
    assert refused({**OWN, "csv": ONE}).startswith(
        f"logger={OWN['_target_']} can only be alone, and csv is beside it: in its file of"
    )
    assert refused({"mode": "online"}).startswith("logger has no _target_: ")
    assert refused({"csv": {"_target_": "triceras.none"}, "a": 1}).startswith("logger cannot be")
    with pytest.raises(UserError, match=r"^logger\.log_every=0 is not a whole number"):
        trackers("logger=[csv,tensorboard]", "logger.log_every=0")


def test_a_run_that_goes_on_follows_the_environment_where_it_has_the_same_tracker(monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "disabled")
    wandb = {"_target_": "w"}
    today = OmegaConf.create(
        {"logger": {"wandb": wandb, "mode": "${environment:WANDB_MODE,offline}"}}
    )
    for section in ({"wandb": wandb, "mode": "online"}, {**wandb, "mode": "online"}):
        saved = OmegaConf.create({"logger": section})
        take_from_environment(today, saved, set())
        assert saved.logger.mode == "disabled"
    saved = OmegaConf.create({"logger": {"csv": ONE}})
    take_from_environment(today, saved, set())
    assert saved.logger == {"csv": ONE}
    assert targets_of(None) == set()


def test_where_one_cannot_be_had_those_that_began_are_finished(folder, monkeypatch):
    finished = []
    monkeypatch.setattr(CsvFiles, "finish", lambda self, *how: finished.append(how[0]))

    def not_there(self, *of):
        raise UserError("not installed")

    monkeypatch.setattr(TensorboardTracker, "start", not_there)
    config = compose(["logger=tensorboard"])
    with pytest.raises(UserError, match="not installed"), tracked(config, folder):
        raise AssertionError
    assert finished == ["failed"]
