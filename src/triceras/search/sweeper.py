"""`hydra/sweeper=optuna`: proposes the jobs of a sweep, and gives up those that do badly."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hydra.core.plugins import Plugins
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

from triceras.errors import UserError
from triceras.runs.folder import write_json
from triceras.runs.lock import try_lock
from triceras.runs.stop import Interrupted, check_signals, handling
from triceras.search.direction import check_direction, chosen
from triceras.search.jobs import FILE, LOCK
from triceras.search.packages import check_packages
from triceras.settings import check_whole
from triceras.sweeps import job_record, plan, report
from triceras.sweeps.launching import PlannedLauncher, wait_for_left_alone
from triceras.sweeps.resuming import KEY, key_of
from triceras.sweeps.session import signal_name
from triceras.tracking.redaction import without_secrets
from triceras.words import word

# So many trials that fail in the same way, and none in another, have it of what all are given.
ALIKE = 3


class OptunaSweeper(Sweeper):
    """Proposes trials in batches, by Optuna.

    Args:
        n_trials: how many there are to be in the study, whoever runs them.
        n_jobs: how many are proposed at a time; `None` for as many as the launcher runs at once.
        timeout: seconds after which no other trial begins, or `None`.
        direction: `minimize` or `maximize`; `None` for that of `monitor_mode`.
        storage: the path of an SQLite file or a URL, which other commands may share; `None` for a
            file in the folder of the sweep.
        study_name: of the study; `None` for the name of the experiment.
        sampler: `_target_` and arguments of what proposes, one of Optuna's.
        pruner: the same of what gives up; `None` for nothing.
        params: what is searched, and what is fixed, by keys, beside what is typed.

    Raises:
        UserError: one of these is not an allowed value.
    """

    def __init__(
        self,
        n_trials: int,
        n_jobs: int | None = None,
        timeout: float | None = None,
        direction: str | None = None,
        storage: str | None = None,
        study_name: str | None = None,
        sampler: Mapping[str, Any] | None = None,
        pruner: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
    ):
        check_whole("hydra.sweeper.n_trials", n_trials)
        if n_jobs is not None:
            check_whole("hydra.sweeper.n_jobs", n_jobs)
        check_direction(direction)
        if not sampler:
            raise UserError("hydra.sweeper.sampler is not set: give the _target_ of one")
        self.n_trials, self.n_jobs, self.timeout = n_trials, n_jobs, timeout
        self.direction, self.storage, self.study_name = direction, storage, study_name
        self.sampler, self.pruner, self.params = sampler, pruner, params or {}

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        check_packages()
        self.context, self.composed = hydra_context, config
        self.folder = Path(config.hydra.sweep.dir)
        launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )
        assert isinstance(launcher, PlannedLauncher)
        self.planned = launcher

    def sweep(self, arguments: list[str]) -> None:
        from triceras.search import results, space
        from triceras.search.storage import read_search

        words = [f"{key}={value}" for key, value in self.params.items()]
        arguments = [one for one in arguments if key_of(one) != KEY]
        self.space = space.read([*words, *arguments], self.context.config_loader)
        self.common = self.in_common(arguments)
        check_signals(self.composed.signals)
        with handling(self.composed.signals, interrupt), self.at_work():
            self.shared = self.open_study()
            self.search()
            about = read_search(self.folder)
            write_json(self.folder / FILE, about | {"over": self.shared.left(self.n_trials) <= 0})
            monitor = str(self.composed.monitor)
            results.print_results(self.shared, self.space, monitor)
            for path in results.draw(self.shared, self.folder, monitor):
                print(f"picture: {path}")
            if self.folder not in report.sweeps:
                print(f"sweep: {self.folder}")

    def in_common(self, arguments: Sequence[str]) -> dict[str, Any]:
        """The configuration of all trials, but for what is searched.

        Args:
            arguments: what is typed.
        """
        config, loader = self.composed, self.context.config_loader
        # Hydra has composed what is typed, and nothing of `params`.
        if not set(self.space.typed) <= set(arguments):
            # What is fixed may be a setting that only such a group has.
            first = self.space.first
            groups = [first[key] for key in first if loader.get_group_options(key)]
            config = loader.load_sweep_config(config, [*groups, *self.space.typed])
        common: Any = OmegaConf.to_container(config, resolve=False)
        del common["hydra"]
        return without_secrets(common)

    def open_study(self) -> Any:
        """The study, of which the jobs find in a file what they need."""
        from triceras.search.storage import url_of
        from triceras.search.study import SharedStudy

        url = url_of(self.storage, self.folder)
        name = self.study_name or self.composed.hydra.runtime.choices.get("experiment") or "search"
        direction = chosen(self.direction, self.composed.monitor_mode)
        searched = self.space.distributions
        shared = SharedStudy(url, name, direction, self.folder, self.common, searched)
        about = {
            "study_name": name,
            "storage": self.storage and url,
            "direction": direction,
            "monitor": self.composed.monitor,
            "pruner": self.pruner,
        }
        write_json(self.folder / FILE, about)
        return shared

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Keeps other commands from this sweep, whose jobs are known to one alone.

        Raises:
            UserError: another one is at work on it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = try_lock(self.folder / LOCK)
        if lock is None:
            raise UserError(
                f"another command is at work on the search in {self.folder}: wait, or have this "
                "one search beside it, by the same words and "
                f"{word('hydra.sweeper.storage', self.storage or str(self.folder / 'study.db'))}"
            )
        with lock:
            yield

    def search(self) -> None:
        """Runs trials until there are enough, or there is no time left."""
        from triceras.search.sampling import make_sampler

        began = time.monotonic()
        self.shared.give_up_abandoned()
        if (self.folder / plan.FILE).exists():
            self.go_on()
        while self.timeout is None or time.monotonic() - began < self.timeout:
            trials = self.shared.ask(
                self.n_trials,
                self.at_a_time(),
                self.space.distributions,
                lambda number: make_sampler(self.sampler, number),
            )
            if not trials:
                return
            first = len(plan.folders(self.folder)) if (self.folder / plan.FILE).exists() else 0
            words = [
                [*self.space.fixed, *self.space.words(trial), word("trial", trial.number)]
                for trial in trials
            ]
            with self.told():
                self.planned.launch(words, first)
            if self.has_failed_fast():
                return
            error = failed_alike(report.read_jobs(self.folder))
            if error:
                print(f"the search stops, as all its trials failed alike: {error}")
                return

    def go_on(self) -> None:
        """Has those jobs run that were begun, and whose trials have not ended."""
        wait_for_left_alone(self.folder, plan.folders(self.folder))
        self.shared.settle(killed=False)
        still_open = self.shared.open_trials()
        with self.told():
            self.planned.go_on(lambda record: record.get("trial") in still_open)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Tells the study what became of the jobs that run meanwhile, however they end."""
        try:
            yield
        except KeyboardInterrupt:
            # What died then is gone on with.
            self.shared.settle(killed=False)
            raise
        except BaseException:
            self.shared.settle(killed=True)
            raise
        self.shared.settle(killed=True)

    def has_failed_fast(self) -> bool:
        """Whether a trial has failed, which was to be the last one then."""
        if not OmegaConf.select(self.composed, "sweep.fail_fast", default=False):
            return False
        return any(job["status"] == job_record.FAILED for job in report.read_jobs(self.folder))

    def at_a_time(self) -> int:
        """How many trials are proposed at a time."""
        places = getattr(self.planned.launcher, "places", None)
        several = OmegaConf.select(self.composed, "hydra.launcher.n_jobs", default=1)
        if self.n_jobs is not None:
            return self.n_jobs
        if callable(places):
            return len(places())  # pyright: ignore[reportArgumentType]
        return several if isinstance(several, int) and several > 0 else os.cpu_count() or 1


def failed_alike(jobs: Sequence[Mapping[str, Any]]) -> str | None:
    """The line of all jobs, if they are several and none came to anything else; or `None`."""
    errors = {job.get("error") for job in jobs}
    failed = all(job["status"] == job_record.FAILED for job in jobs)
    return errors.pop() if failed and len(jobs) >= ALIKE and len(errors) == 1 else None


def interrupt(number: int, frame: Any = None) -> None:
    """Is called by Python where a signal comes while no job runs."""
    raise Interrupted(signal_name(number))
