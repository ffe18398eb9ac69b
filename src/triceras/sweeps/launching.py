"""Stands between Hydra's sweeper and its launcher: plans all jobs, then has them started."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

from triceras.config import build
from triceras.errors import UserError
from triceras.patching import patched
from triceras.runs.lock import is_locked
from triceras.runs.stop import Interrupted, check_signals
from triceras.sweeps import job_record, plan, report, resuming
from triceras.sweeps.job_record import DONE
from triceras.sweeps.listening import PAUSE, Listener, listening
from triceras.sweeps.session import FOLDER, Command, Session
from triceras.sweeps.watcher import Watcher
from triceras.sweeps.worker import reached
from triceras.words import word

# Launchers of which one job runs at a time, those that start no processes beside the jobs, those
# that end by themselves once they are told to, and those whose jobs are to end with the command.
ONE_AT_A_TIME = ("basic",)
JOBS_ALONE = ("basic", "local", "slurm")
ENDS_BY_ITSELF = ("local", "ray")
ATTACHED = ("basic", "local", "joblib", "ray")
PACKAGE = "triceras."
BASIC = "BasicSweeper"


class PlannedLauncher(Launcher):
    """Has another launcher start the jobs that are planned.

    Args:
        launcher: it.
        config: what Hydra composed for all jobs together.
        context: with which it composes those of one.
    """

    def __init__(self, launcher: Launcher, config: DictConfig, context: HydraContext):
        self.launcher, self.config, self.context = launcher, config, context
        # How many jobs the launcher is given at a time; `None` for all.
        self.together: int | None = None
        self.folder = Path(config.hydra.sweep.dir)

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        raise NotImplementedError

    def launch(
        self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
    ) -> Sequence[JobReturn]:
        if initial_job_idx == 0 and (self.folder / plan.FILE).exists():
            raise UserError(
                f"{self.folder} holds a sweep already: go on with it by "
                f"{word('resume_sweep', str(self.folder))}, or choose another hydra.sweep.dir"
            )
        typed = resuming.asked_for(self.config)
        folders = plan.add(
            self.folder, self.config, self.context, job_overrides, initial_job_idx, typed
        )
        self.run(folders, job_overrides, initial_job_idx)
        return [
            returned(words, reached(folder))
            for words, folder in zip(job_overrides, folders, strict=True)
        ]

    def go_on(self, wanted: Callable[[dict[str, Any]], bool] = lambda record: True) -> None:
        """Has those jobs of the plan run that have not finished.

        Args:
            wanted: which of them, by their records.

        Raises:
            Interrupted: a signal came; the jobs have saved themselves.
        """
        folders = plan.folders(self.folder)
        wait_for_left_alone(self.folder, folders)
        records = {folder: job_record.settle(folder) for folder in folders}
        unfinished = [
            folder
            for folder, record in records.items()
            if record["status"] not in DONE and wanted(record)
        ]
        secrets = resuming.secrets(self.config)
        self.run(unfinished, [secrets for _ in unfinished], 0)

    def run(self, folders: Sequence[Path], overrides: Sequence[Sequence[str]], first: int) -> None:
        """Has jobs of the plan run.

        Args:
            folders: of the jobs.
            overrides: the words of each.
            first: number of the first of them.

        Raises:
            Interrupted: a signal came; the jobs have saved themselves.
        """
        check_signals(self.config.signals)
        name = self.config.hydra.runtime.choices["hydra/launcher"]
        if self.folder not in report.sweeps:
            report.sweeps.append(self.folder)
        if OmegaConf.select(self.config, "sweep.report", default=True):
            report.reported.add(self.folder)
        fail_fast = bool(OmegaConf.select(self.config, "sweep.fail_fast", default=False))
        command = Command(self.folder, name, name in ATTACHED, fail_fast)
        listener = Listener(
            command,
            folders,
            foreign=name not in JOBS_ALONE,
            goes_through_all=name not in ENDS_BY_ITSELF,
        )
        # The launcher finds the folder of each job by these.
        sweep = word("hydra.sweep.dir", str(self.folder))
        words = [
            [*job, sweep, word("hydra.sweep.subdir", str(folder.relative_to(self.folder)))]
            for job, folder in zip(overrides, folders, strict=True)
        ]
        together = self.together or max(1, len(words))
        try:
            with (
                Watcher(plan.folders(self.folder), name not in ONE_AT_A_TIME),
                listening(listener, self.config.signals),
            ):
                for start in range(0, len(words), together):
                    if command.stopped is None:
                        self.launcher.launch(words[start : start + together], first + start)
        except Exception:
            # A launcher whose workers were ended may say so.
            if command.stopped is None:
                raise
            listener.over = False
            listener.wait_for_jobs()
        finally:
            command.close()
        if command.stopped is not None:
            raise Interrupted(command.stopped)


def returned(words: Sequence[str], value: float) -> JobReturn:
    """What a launcher tells a sweeper of a job."""
    result = JobReturn(overrides=list(words), status=JobStatus.COMPLETED)
    result.return_value = value
    return result


class ResumingSweeper(Sweeper):
    """Has the jobs of a plan run that have not finished, whatever sweeper proposed them."""

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> None:
        assert isinstance(self.launcher, PlannedLauncher)
        self.launcher.go_on()


def wait_for_left_alone(sweep: Path, folders: Sequence[Path]) -> None:
    """Waits for jobs whose command was killed: they are just saving themselves.

    Args:
        sweep: the folder of the sweep.
        folders: of its jobs.
    """
    for folder in folders:
        session = job_record.read(folder).get("session")
        by = Session(sweep / FOLDER / session) if session else None
        if by is None or is_locked(by.path) or not by.about.get("attached"):
            continue
        while is_locked(folder / job_record.LOCK):
            time.sleep(PAUSE)


def plan_at_once(sweeper: Any) -> None:
    """Has Hydra's own sweeper, which knows all jobs beforehand, propose them all at once.

    Args:
        sweeper: it. The number of jobs that it would propose at a time is left to the launcher, and
            it need not compose them to see whether they can be: planned jobs are composed.
    """
    sweeper.launcher.together, sweeper.max_batch_size = sweeper.max_batch_size, None
    sweeper.validate_batch_is_legal = lambda batch: None


@contextmanager
def planning() -> Iterator[None]:
    """Has every sweep of this process planned, whatever sweeper and launcher it has.

    Hydra takes these from packages of its own namespace alone, and knows no place between them.
    """
    make_launcher, make_sweeper = Plugins.instantiate_launcher, Plugins.instantiate_sweeper

    def launcher(
        plugins: Plugins,
        hydra_context: HydraContext,
        task_function: TaskFunction,
        config: DictConfig,
    ) -> Launcher:
        if str(config.hydra.launcher.get("_target_")).startswith(PACKAGE):
            made = build("hydra.launcher", config.hydra.launcher)
            made.setup(hydra_context=hydra_context, task_function=task_function, config=config)
        else:
            made = make_launcher(plugins, hydra_context, task_function, config)
        return PlannedLauncher(made, config, hydra_context)

    def sweeper(
        plugins: Plugins,
        *,
        hydra_context: HydraContext,
        task_function: TaskFunction,
        config: DictConfig,
    ) -> Sweeper:
        resumed = resuming.choose(config) is not None
        # A search goes on by itself, as it may have more to propose.
        if str(config.hydra.sweeper.get("_target_")).startswith(PACKAGE):
            made = build("hydra.sweeper", config.hydra.sweeper)
            made.setup(hydra_context=hydra_context, task_function=task_function, config=config)
            return made
        if resumed:
            made = ResumingSweeper()
            made.setup(hydra_context=hydra_context, task_function=task_function, config=config)
            return made
        made = make_sweeper(
            plugins, hydra_context=hydra_context, task_function=task_function, config=config
        )
        # By name, as Hydra makes the class anew when it looks for plugins.
        if type(made).__name__ == BASIC:
            plan_at_once(made)
        return made

    with (
        patched(Plugins, "instantiate_launcher", launcher),
        patched(Plugins, "instantiate_sweeper", sweeper),
    ):
        yield
