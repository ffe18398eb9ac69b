import json
import types

import optuna
import pytest

from triceras.errors import DivergedError, UserError
from triceras.runs.stop import Pruned, Stop
from triceras.search.jobs import pruning
from triceras.search.pruning import Pruning
from triceras.search.storage import open_storage, url_of

pytestmark = [pytest.mark.once, pytest.mark.slow]
THRESHOLD = {"_target_": "optuna.pruners.ThresholdPruner", "upper": 1.0}


class Trials:
    """A study of one trial in a folder, and what its run has."""

    def __init__(self, folder):
        about = {"study_name": "s", "storage": None, "pruner": THRESHOLD}
        (folder / "search.json").write_text(json.dumps(about))
        storage = open_storage(url_of(None, folder))
        self.study = optuna.create_study(storage=storage, study_name="s")
        self.study.ask()
        self.stop = Stop()
        self.callback = Pruning(folder, 0, "val_loss", self.stop)
        self.callback.set_model(types.SimpleNamespace(stop_training=False))
        self.callback.set_params({"epochs": 4})

    def values(self):
        return self.study.trials[0].intermediate_values


@pytest.fixture
def trials(tmp_path):
    return Trials(tmp_path)


def test_reports_each_epoch_and_stops_a_run_that_is_given_up(trials):
    trials.callback.on_epoch_end(0, {"loss": 9.0, "val_loss": 0.5})
    trials.stop.check()
    trials.callback.on_epoch_end(1, {"val_loss": 2.0})
    assert trials.values() == {0: 0.5, 1: 2.0}
    with pytest.raises(Pruned, match="val_loss = 2 after epoch 2"):
        trials.stop.check()


def test_an_epoch_that_is_gone_through_again_counts_once(trials):
    for value in (0.5, 0.25):
        trials.callback.on_epoch_end(0, {"val_loss": value})
    assert trials.values() == {0: 0.25}


def test_a_run_that_is_complete_is_not_given_up(trials):
    trials.callback.on_epoch_end(3, {"val_loss": 2.0})
    trials.callback.model.stop_training = True
    trials.callback.on_epoch_end(1, {"val_loss": 2.0})
    trials.stop.check()


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_a_run_that_diverges_fails(trials, value):
    with pytest.raises(DivergedError, match=f"diverged: val_loss is {value} after epoch 1"):
        trials.callback.on_epoch_end(0, {"val_loss": float(value)})


def test_without_validation_data_the_same_of_training_counts(trials):
    trials.callback.on_epoch_end(0, {"loss": 0.5})
    assert trials.values() == {0: 0.5}
    with pytest.raises(UserError, match="val_loss is not among the metrics"):
        trials.callback.on_epoch_end(0, {"other": 0.5})


def test_a_trial_that_is_over_is_left_alone(trials):
    trials.study.tell(0, state=optuna.trial.TrialState.PRUNED)
    trials.callback.on_epoch_end(1, {"val_loss": 2.0})
    assert trials.values() == {}
    trials.stop.check()


def test_a_run_that_is_no_job_has_nothing_to_do_with_it():
    assert pruning({"trial": 3, "monitor": "val_loss"}, Stop()) == []
