"""A search of which some trials fail, by several commands that share its study."""

import dataclasses
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras

from triceras.config import ROOT
from triceras.errors import UserError
from triceras.testing import small

WORDS = (
    *("experiment=linear", "epochs=6", "logger=csv", "callback=default", "progress_bar=false"),
    *("hydra/sweeper=optuna", "hydra.sweeper.pruner.n_startup_trials=3"),
    "optimizer.learning_rate=tag(log,interval(1e-4,1))",
)


class Failing(keras.callbacks.Callback):
    """Makes a run fail where it is one of some trials.

    Args:
        trial: number of the run's.
        failing: numbers of those that fail.
    """

    def __init__(self, trial: int, failing: Sequence[int]):
        super().__init__()
        self.trial, self.failing = trial, failing

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.trial in self.failing:
            raise UserError(f"trial {self.trial} was made to fail")


@dataclasses.dataclass
class Found:
    """What a study holds in the end.

    Args:
        states: how many trials ended in each way.
        values: how many are known to have reached something.
        errors: the lines of those that failed.
        best: number, value and parameters of the best; `None` where no trial was completed.
        told: the numbers of the best trials that the commands named.
        codes: exit codes of the commands.
        commands: how many trials each command ran.
    """

    states: Counter
    values: int
    errors: Sequence[str]
    best: tuple[int, float, dict[str, Any]] | None
    told: Sequence[str]
    codes: Sequence[int]
    commands: Sequence[int]


def search(folder: Path, trials: int, failing: Sequence[int], commands: int, *words: str) -> Found:
    """Runs a search.

    Args:
        folder: where all of it goes.
        trials: how many there are to be.
        failing: numbers of those that are made to fail.
        commands: how many share the study.
        *words: more of the configuration.
    """
    import optuna

    path = folder / "study.db"
    failed = ",".join(map(str, failing))
    words = (
        *WORDS,
        f"hydra.sweeper.n_trials={trials}",
        f"hydra.sweeper.storage={path}",
        f"output_dir={folder}",
        "+callback.failing._target_=triceras.testing.searches.Failing",
        "+callback.failing.trial=${trial}",
        f"+callback.failing.failing=[{failed}]",
        *words,
    )
    logs = [folder / f"command-{number}.log" for number in range(commands)]
    running = [start(words, log) for log in logs]
    codes = [process.wait() for process in running]
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.load_study(study_name=None, storage=f"sqlite:///{path}")
    sweeps = Counter(trial.user_attrs.get("sweep") for trial in study.trials)
    lines = [line for log in logs for line in log.read_text().splitlines()]
    return Found(
        Counter(trial.state.name for trial in study.trials),
        sum(trial.state.name in ("COMPLETE", "PRUNED") for trial in study.trials),
        [trial.user_attrs["error"] for trial in study.trials if trial.state.name == "FAIL"],
        best_of(study),
        [line for line in lines if line.startswith("best: trial")],
        codes,
        list(sweeps.values()),
    )


def best_of(study: Any) -> tuple[int, float, dict[str, Any]] | None:
    """Number, value and parameters of the best trial, or `None`."""
    if not any(trial.state.name == "COMPLETE" for trial in study.trials):
        return None
    best = study.best_trial
    return best.number, best.value, best.params


def start(words: Sequence[str], log: Path) -> subprocess.Popen:
    """Starts a command on the small experiments, whose output goes to a file."""
    script = str(ROOT / "scripts" / "train.py")
    environment = {**os.environ, "TRICERAS_CONF": str(small.CONF)}
    with open(log, "w") as file:
        return subprocess.Popen(
            [sys.executable, script, "-m", *words],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
