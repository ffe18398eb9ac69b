"""A study that several commands may share: what is left to do of it, and what came of its jobs."""

import dataclasses
import math
import socket
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial, Trial, TrialState

from triceras.checkpoints.differences import HARMLESS, differences
from triceras.errors import UserError, one_line
from triceras.runs.lock import is_locked
from triceras.search.jobs import LOCK
from triceras.search.storage import alone, open_storage
from triceras.sweeps import job_record, plan

# What a trial remembers: the folder of its sweep, the machine, why it has failed, and why nobody
# will finish it.
SWEEP, HOST, ERROR, GIVEN_UP = "sweep", "host", "error", "given_up"
RUN_FOLDER = "run_folder"
CONFIG, SEARCHED = "config", "searched"
# What trials of one study may differ in. A run that goes on knows its data by their hash.
SAME_TRIALS = tuple(key for key in HARMLESS if key != "data.path")
ENDED = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)


@dataclasses.dataclass
class SharedStudy:
    """A study, as one command sees it.

    Args:
        url: of its storage.
        name: of the study.
        direction: `minimize` or `maximize`.
        folder: of the command's sweep.
        config: what all trials have in common.
        searched: the keys of what they differ in.

    Raises:
        UserError: it cannot be opened, or its trials were others.
    """

    url: str
    name: str
    direction: str
    folder: Path
    config: Mapping[str, Any]
    searched: Collection[str]

    def __post_init__(self):
        with alone(self.url):
            self.storage = open_storage(self.url)
            self.study = optuna.create_study(
                storage=self.storage,
                study_name=self.name,
                direction=self.direction,
                load_if_exists=True,
            )
            before = self.study.user_attrs.get(CONFIG)
            searched = self.study.user_attrs.get(SEARCHED)
            if before is None:
                searched = sorted(self.searched)
                self.study.set_user_attr(CONFIG, dict(self.config))
                self.study.set_user_attr(SEARCHED, searched)
        found = self.study.direction.name.lower()
        changes = differences(before or self.config, self.config, SAME_TRIALS)
        # A study of before does not say it.
        if searched is not None and searched != sorted(self.searched):
            changes.append(f"searched: {', '.join(searched)} -> {', '.join(sorted(self.searched))}")
        if found != self.direction:
            changes.append(f"direction: {found} -> {self.direction}")
        if changes:
            raise UserError(
                f"the trials of study {self.name} in {self.url} were others: "
                f"{'; '.join(changes[:5])}; leave that as it was, or give this search a name of "
                "its own by hydra.sweeper.study_name"
            )

    @property
    def trials(self) -> list[FrozenTrial]:
        """All of them."""
        return self.study.get_trials(deepcopy=False)

    def left(self, wanted: int) -> int:
        """How many trials are to be begun.

        Args:
            wanted: how many there are to be, with those that others are at work on.
        """
        trials = [trial for trial in self.trials if trial.state != TrialState.WAITING]
        return wanted - sum(GIVEN_UP not in trial.user_attrs for trial in trials)

    def ask(
        self,
        wanted: int,
        at_most: int,
        distributions: Mapping[str, BaseDistribution],
        sampler: Callable[[int], Any],
    ) -> list[Trial]:
        """Begins trials.

        Args:
            wanted: how many there are to be in all.
            at_most: how many to begin.
            distributions: of their parameters.
            sampler: what proposes the trial of a number.
        """
        asked: list[Trial] = []
        with alone(self.url):
            for _ in range(min(at_most, self.left(wanted))):
                self.study.sampler = sampler(len(self.trials))
                try:
                    trial = self.study.ask(dict(distributions))
                except ValueError as error:
                    raise UserError(
                        f"the choices of study {self.name} in {self.url} were others: "
                        f"{one_line(error)}"
                    ) from error
                try:
                    trial.set_user_attr(SWEEP, str(self.folder.resolve()))
                    trial.set_user_attr(HOST, socket.gethostname())
                except BaseException:
                    # Nobody would know whose it is, when a signal comes here.
                    self.give_up(self.study.trials[trial.number], "its command was interrupted")
                    raise
                asked.append(trial)
        return asked

    def open_trials(self) -> dict[int, FrozenTrial]:
        """Those of this command's sweep that have not ended, by number."""
        mine = str(self.folder.resolve())
        running = (trial for trial in self.trials if trial.state == TrialState.RUNNING)
        return {t.number: t for t in running if t.user_attrs.get(SWEEP) == mine}

    def settle(self, killed: bool) -> None:
        """Tells the study what became of the jobs of this command's sweep.

        Args:
            killed: whether a job whose process died has failed; it can be gone on with.
        """
        still_open = self.open_trials()
        for job in jobs_of(self.folder):
            trial = still_open.pop(job.get("trial", -1), None)
            if trial is not None:
                self.tell(trial, job, killed)
        for trial in still_open.values():
            self.give_up(trial, "its search ended before it began")

    def tell(self, trial: FrozenTrial, job: Mapping[str, Any], killed: bool) -> None:
        """Tells the study what became of a job."""
        status, value, line = job["status"], job.get("value"), job.get("error")
        state = {job_record.FAILED: TrialState.FAIL, job_record.PRUNED: TrialState.PRUNED}
        if status == job_record.KILLED and killed:
            state[status] = TrialState.FAIL
        if status == job_record.FINISHED:
            number = value is not None and math.isfinite(value)
            state[status] = TrialState.COMPLETE if number else TrialState.FAIL
            line = None if number else f"{job.get('monitor')} is {value}"
        if status not in state:
            return
        if state[status] == TrialState.FAIL:
            line = line or f"see job.log of job {job['job']}"
        for key, text in ((ERROR, line), (RUN_FOLDER, job.get("run_folder"))):
            if text:
                self.note(trial, key, text)
        values = value if state[status] == TrialState.COMPLETE else None
        self.study.tell(trial.number, values, state[status])

    def give_up(self, trial: FrozenTrial, why: str) -> None:
        """Ends a trial that nobody will finish, and that another one is to take the place of."""
        self.note(trial, GIVEN_UP, why)
        self.study.tell(trial.number, state=TrialState.FAIL)

    def note(self, trial: FrozenTrial, key: str, text: str) -> None:
        """Adds to what a trial remembers."""
        self.storage.set_trial_user_attr(trial._trial_id, key, text)

    def give_up_abandoned(self) -> None:
        """Ends the trials of other commands which have died, as the kernel's locks tell."""
        mine = str(self.folder.resolve())
        for trial in self.trials:
            sweep = trial.user_attrs.get(SWEEP)
            if trial.state != TrialState.RUNNING or sweep in (None, mine):
                continue
            # One of another machine, whose folder is not here, may be at work.
            if Path(sweep).is_dir() and is_abandoned(Path(sweep), trial):
                self.give_up(
                    trial, f"nobody works on it any more: {sweep} died, or was interrupted"
                )

    def counts(self) -> str:
        """How many trials there are of each kind, in words."""
        found = Counter(
            "given up" if GIVEN_UP in trial.user_attrs else trial.state.name.lower()
            for trial in self.trials
        )
        found["failed"] = found.pop("fail", 0)
        return ", ".join(f"{count} {kind}" for kind, count in sorted(found.items()) if count)


def jobs_of(folder: Path) -> Sequence[Mapping[str, Any]]:
    """The records of a sweep's jobs, of which nobody need have written down how they ended."""
    if not (folder / plan.FILE).is_file():
        return []
    return [job_record.settle(path) for path in plan.folders(folder)]


def is_abandoned(sweep: Path, trial: FrozenTrial) -> bool:
    """Whether neither a command nor a job is at work on a trial any more."""
    if is_locked(sweep / LOCK):
        return False
    planned = plan.folders(sweep) if (sweep / plan.FILE).is_file() else []
    mine = [path for path in planned if job_record.read(path).get("trial") == trial.number]
    return not any(is_locked(path / job_record.LOCK) for path in mine)
