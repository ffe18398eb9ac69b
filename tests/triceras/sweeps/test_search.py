"""Whole searches, of a script that is over at once."""

import json

import optuna
import pytest

from triceras.search import results
from triceras.search.storage import open_storage

pytestmark = [pytest.mark.once, pytest.mark.slow]

# What is said of a trial in `ends` is how it ends, unless it goes on.
RUN = """
import json, os, pathlib, signal, sys, time

words = dict(word.partition("=")[::2] for word in sys.argv[1:])
here = pathlib.Path(__file__).parents[1]
ends = json.loads((here / "ends").read_text()) if (here / "ends").exists() else {}
end = "well" if "resume" in words else ends.get(words["trial"], "well")
rate = float(words["optimizer.learning_rate"])
folder = pathlib.Path(words.get("resume") or here / f"run-{words['trial']}-{time.time_ns()}")
folder.mkdir(exist_ok=True)
with open(here / "began", "a") as file:
    print(words["trial"], "again" if "resume" in words else "new", file=file)
print(f"run: {folder}", flush=True)

def note(status):
    (folder / "run.json").write_text(json.dumps({"status": status}))
    (folder / "config.yaml").write_text("")

if end == "fail":
    note("failed")
    sys.exit("error: it cannot be done")
if end == "prune":
    note("pruned")
    print("pruned: val_loss = 3 after epoch 2")
    sys.exit(76)
if end == "die":
    os.kill(os.getpid(), signal.SIGKILL)
if end == "stop":
    signal.signal(signal.SIGTERM, lambda *_: (note("interrupted"), sys.exit(75)))
    os.kill(os.getppid(), signal.SIGTERM)
    time.sleep(30)
value = float("nan") if end == "nan" else (rate - 0.3) ** 2
(folder / "summary.json").write_text(json.dumps({"metrics": {"val_loss": value}}))
note("finished")
"""
SPACE = "optimizer.learning_rate=interval(0,1)"
COMPLETE, PRUNED, FAIL = "COMPLETE", "PRUNED", "FAIL"


class Searches:
    """Searches in a folder.

    Args:
        sweeps: runs commands there.
    """

    def __init__(self, sweeps):
        self.sweeps = sweeps
        (sweeps.folder / "scripts" / "train.py").write_text(RUN)

    def ends(self, **ends):
        """Says how trials end, by their numbers after an underscore."""
        numbered = {name.lstrip("_"): end for name, end in ends.items()}
        (self.sweeps.folder / "ends").write_text(json.dumps(numbered))

    def begin(self, trials, *words):
        """Runs the command that begins a search."""
        number = f"hydra.sweeper.n_trials={trials}"
        return self.sweeps.begin("hydra/sweeper=optuna", SPACE, number, "monitor_mode=min", *words)

    def trials(self, path=None):
        """The trials of the only study."""
        found = path or self.sweeps.sweep / "study.db"
        storage = open_storage(f"sqlite:///{found}", skip_table_creation=True)
        return optuna.load_study(study_name=None, storage=storage).trials

    def states(self, path=None):
        """How they ended."""
        return [trial.state.name for trial in self.trials(path)]


@pytest.fixture
def searches(sweeps, monkeypatch):
    monkeypatch.setattr(results, "draw", lambda *_: [])
    return Searches(sweeps)


def test_no_trial_ends_a_search(searches):
    searches.ends(_1="fail", _2="prune", _3="nan", _4="die")
    done = searches.begin(6)
    assert done.returncode == 1
    assert searches.states() == [COMPLETE, FAIL, PRUNED, FAIL, FAIL, COMPLETE]
    errors = [trial.user_attrs.get("error", "") for trial in searches.trials()]
    assert errors[1:4] == ["it cannot be done", "val_loss = 3 after epoch 2", "val_loss is nan"]
    assert "its process died without a word" in errors[4]
    assert "2 complete, 3 failed, 1 pruned" in done.stdout
    assert "3 of 6 jobs finished, 1 failed, 1 killed, 1 pruned" in done.stdout
    best = min((t for t in searches.trials() if t.value is not None), key=lambda t: t.value)
    assert f"best: trial {best.number}, val_loss = {best.value:.6g}" in done.stdout
    (command,) = [line for line in done.stdout.splitlines() if line.startswith("best: python ")]
    assert command.endswith(f" optimizer.learning_rate={best.params['optimizer.learning_rate']!r}")
    assert "interval" not in command
    # It has as many trials as it was to have: nothing is left to do.
    done = searches.sweeps.run(f"resume_sweep={searches.sweeps.sweep}")
    assert len(searches.sweeps.began) == len(searches.trials()) == 6


def test_an_interrupted_one_goes_on(searches):
    searches.ends(_1="stop")
    done = searches.begin(4)
    assert done.returncode == 75
    assert searches.states() == [COMPLETE, "RUNNING"]
    assert f"resume_sweep={searches.sweeps.sweep}" in done.stderr
    done = searches.sweeps.run(f"resume_sweep={searches.sweeps.sweep}", "seed=3")
    assert "seed=3 would alter its jobs" in done.stderr
    done = searches.sweeps.run(f"resume_sweep={searches.sweeps.sweep}")
    assert done.returncode == 0, done.stderr
    assert searches.states() == [COMPLETE] * 4
    assert searches.sweeps.began == ["0 new", "1 new", "1 again", "2 new", "3 new"]
    assert [job["trial"] for job in searches.sweeps.jobs()] == [0, 1, 2, 3]
    # No parameter is proposed twice, though the seed is that of the first command.
    assert len({trial.params["optimizer.learning_rate"] for trial in searches.trials()}) == 4
    done = searches.sweeps.run(f"resume_sweep={searches.sweeps.sweep}", "hydra.sweeper.n_trials=5")
    assert searches.states() == [COMPLETE] * 5


def test_several_commands_share_a_study(searches, tmp_path):
    path = tmp_path / "shared" / "study.db"
    storage = f"hydra.sweeper.storage={path}"
    searches.ends(_1="stop")
    assert searches.begin(2, storage).returncode == 75
    done = searches.begin(3, storage)
    assert done.returncode == 0, done.stderr
    # What was interrupted counts for nothing, and another trial took its place.
    assert searches.states(path) == [COMPLETE, FAIL, COMPLETE, COMPLETE]
    assert "nobody works on it any more" in searches.trials(path)[1].user_attrs["given_up"]
    assert "3 complete, 1 given up" in done.stdout
    done = searches.begin(3, storage)
    assert done.returncode == 0
    assert len(searches.states(path)) == 4
    assert done.stdout.splitlines()[-1].startswith("sweep: ")
    done = searches.begin(4, storage, "batch_size=7")
    assert "were others: batch_size: " in done.stderr
    done = searches.begin(4, storage, "hydra.sweeper.direction=maximize")
    assert "direction: minimize -> maximize" in done.stderr


def test_what_params_fix_is_compared_as_what_is_typed(searches, tmp_path):
    storage = f"hydra.sweeper.storage={tmp_path / 'study.db'}"
    done = searches.begin(1, storage, "+hydra.sweeper.params.epochs=5")
    assert done.returncode == 0, done.stderr
    done = searches.begin(2, storage, "+hydra.sweeper.params.epochs=50")
    assert "were others: epochs: 5 -> 50; leave that" in done.stderr
    done = searches.begin(2, storage, "epochs=5")
    assert done.returncode == 0, done.stderr
    assert len(searches.sweeps.began) == 2


def test_params_may_fix_what_only_a_group_that_is_searched_has(searches, tmp_path):
    storage = f"hydra.sweeper.storage={tmp_path / 'study.db'}"
    params = "+hydra.sweeper.params={optimizer: 'choice(adamw)', optimizer.weight_decay: DECAY}"
    done = searches.begin(1, storage, params.replace("DECAY", "0.1"))
    assert done.returncode == 0, done.stderr
    done = searches.begin(2, storage, params.replace("DECAY", "0.2"))
    assert "were others: optimizer.weight_decay: 0.1 -> 0.2; leave that" in done.stderr


def test_fail_fast_begins_no_other_trial(searches):
    searches.ends(_0="fail")
    assert searches.begin(3, "sweep.fail_fast=true").returncode == 1
    assert searches.states() == [FAIL]


def test_auto_goes_on_until_it_is_over(searches):
    searches.ends(_0="stop", _1="fail")
    words = (2, "sweep.resume=auto")
    assert searches.begin(*words).returncode == 75
    assert searches.begin(*words).returncode == 1
    assert searches.states() == [COMPLETE, FAIL]
    searches.begin(*words)
    assert len(list((searches.sweeps.folder / "sweeps").iterdir())) == 2


def test_without_anything_to_search_it_is_refused(searches):
    done = searches.begin(1, "optimizer.learning_rate=0.1")
    assert done.returncode == 1
    assert done.stderr.startswith("error: nothing says what to search: ")


def test_draws_what_it_found(sweeps):
    searches = Searches(sweeps)
    searches.ends(_1="prune")
    # Of those that run at once, both are proposed before either has ended.
    done = searches.begin(3, "hydra/launcher=local", "hydra.launcher.n_jobs=2")
    # Trials that were given up are no failure.
    assert done.returncode == 0, done.stderr
    assert searches.states() == [COMPLETE, PRUNED, COMPLETE]
    starts = [trial.datetime_start for trial in searches.trials()]
    assert starts[1] < searches.trials()[0].datetime_complete < starts[2]
    pictures = sorted(path.name for path in sweeps.sweep.glob("*.png"))
    names = ("epochs", "history", "importances", "slices")
    assert pictures == [f"search_{name}.png" for name in names]
    assert done.stdout.count("picture: ") == 4
