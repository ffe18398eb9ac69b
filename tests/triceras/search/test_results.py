import json
import warnings
from types import SimpleNamespace

import optuna
import pytest

from triceras.search.results import command, picture, print_results
from triceras.search.space import read

pytestmark = pytest.mark.once


def test_axes_of_one_value_are_drawn_without_a_word(tmp_path):
    from matplotlib import pyplot

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = picture(tmp_path, "slices", lambda: pyplot.gca().set_ylim(1.0, 1.0))
    assert made == tmp_path / "search_slices.png"
    assert made.is_file()


def test_the_command_of_the_best_trial_is_that_of_one_run(monkeypatch):
    monkeypatch.setattr("sys.argv", ["train.py"])
    words = ["sweep=optuna", "sweep.parallel=2", "hydra.sweeper.n_trials=4", "epochs=2"]
    space = read([*words, "batch_size=16,32"])
    trial = optuna.trial.create_trial(
        params={"batch_size": 32}, distributions=dict(space.distributions), value=1.0
    )
    assert command(space, trial) == "python train.py epochs=2 batch_size=32"


def test_trials_on_several_data_are_told(tmp_path, capsys):
    study = optuna.create_study()
    # One was killed before its run had a record.
    study.add_trial(optuna.trial.create_trial(value=9, user_attrs={"run_folder": str(tmp_path)}))
    study.add_trial(optuna.trial.create_trial(value=9))
    for number, content in enumerate(["a", "a", "b"]):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "run.json").write_text(json.dumps({"data_sha256": content}))
        trial = optuna.trial.create_trial(value=number, user_attrs={"run_folder": str(folder)})
        study.add_trial(trial)
        shared = SimpleNamespace(
            study=study, trials=study.trials, name="one", url="here", counts=lambda: "some"
        )
        print_results(shared, read(["batch_size=16,32"]), "val_loss")
        told = "best: of trials on several data sets" in capsys.readouterr().out
        assert told == (content == "b")
