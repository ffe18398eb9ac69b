"""`hydra/launcher=slurm`: the jobs of a sweep on a cluster, as one array of jobs of SLURM.

A launcher of our own, as submitit asks SLURM's accounting whether a job is over, which not every
cluster has, or looks for its result, which is there as well where the job saved itself and was
queued again.
"""

import os
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from triceras.errors import UserError
from triceras.sweeps import job_record, slurm_arrays, slurm_queue
from triceras.sweeps.asked import at_least, seconds_of
from triceras.sweeps.handing import to_hand_over
from triceras.sweeps.job import has_failed_since
from triceras.sweeps.local import of_hydra
from triceras.sweeps.machine import VISIBLE
from triceras.sweeps.session import Session, current
from triceras.sweeps.slurm_job import WARNING, handed

# Of what SLURM itself says of the jobs, within the folder of the sweep.
LOGS = "slurm"
# Seconds between two looks at the queue, which is everybody's, and at what the sweep is told.
LONGEST, PAUSE = 10.0, 0.2


class SlurmLauncher(Launcher):
    """Has jobs queued, and waits until all of them are over.

    Args:
        partition: where; `None` for the cluster's default, here as below.
        cpus: cores of a job, and threads of every framework in it.
        gpus: how many a job has; it sees none where it is 0.
        memory: of a job, for example `"8G"`.
        time: of a job, for example `"2:00:00"`; one that needs longer is queued again.
        n_jobs: how many run at a time.
        warning: seconds before the end of its time at which a job is asked to save itself.
        max_requeues: how often a job is queued again by itself.
        options: further words of `sbatch`.
    """

    def __init__(
        self,
        partition: str | None = None,
        cpus: int = 1,
        gpus: int | None = None,
        memory: str | int | None = None,
        time: str | None = None,
        n_jobs: int | None = None,
        warning: int = 60,
        max_requeues: int = 20,
        options: Sequence[str] = (),
    ):
        at_least("cpus", cpus, 1)
        at_least("gpus", gpus, 0)
        at_least("n_jobs", n_jobs, 1)
        at_least("warning", warning, 1)
        at_least("max_requeues", max_requeues, 0)
        seconds_of(time)
        if isinstance(options, str):
            raise UserError(f"hydra.launcher.options={options} is no list: write [{options}]")
        self.gpus, self.n_jobs, self.max_requeues = gpus, n_jobs, max_requeues
        asked = {"partition": partition, "mem": memory, "time": time}
        asked |= {"gres": f"gpu:{gpus}" if gpus else None}
        self.options = [
            "--ntasks=1",
            f"--cpus-per-task={cpus}",
            *(f"--{name}={value}" for name, value in asked.items() if value is not None),
            # To the job alone, which tells its processes.
            f"--signal=B:{WARNING.removeprefix('SIG')}@{warning}",
            "--requeue",
            "--open-mode=append",
            *map(str, options),
        ]

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        self.context, self.config = hydra_context, config

    @property
    def logs(self) -> Path:
        """Where SLURM writes what it has to say of the jobs."""
        return Path(self.config.hydra.sweep.dir).absolute() / LOGS

    def launch(
        self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
    ) -> Sequence[JobReturn]:
        if not job_overrides:
            return []
        session = current()
        folders = []
        try:
            for words in job_overrides:
                folders.append(self.hand_over(words, session))
            older = slurm_arrays.take_over(self.logs, folders)
            array = slurm_queue.submit(*self.array(folders, session))
            print(f"SLURM's array of jobs: {array}; squeue --jobs={array}", flush=True)
            with slurm_arrays.noted(self.logs, session, [array, *older]):
                wait(array, older, session, folders)
        finally:
            for folder in folders:
                handed(folder, session).unlink(missing_ok=True)
        for folder in folders:
            explain(folder, self.logs)
        return []

    def hand_over(self, words: Sequence[str], session: Session) -> Path:
        """Writes down what a job is to be given, which may hold secrets; returns its folder."""
        config = self.context.config_loader.load_sweep_config(self.config, list(words))
        folder = Path(config.hydra.sweep.dir, config.hydra.sweep.subdir).absolute()
        path = handed(folder, session)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(to_hand_over(config, of_hydra(config)))
        return folder

    def array(self, folders: Sequence[Path], session: Session) -> tuple[list[str], str]:
        """What `sbatch` is told, and the script that each job of the array runs."""
        self.logs.mkdir(exist_ok=True)
        numbers = ",".join(str(job_record.read(folder)["job"]) for folder in folders)
        together = f"%{self.n_jobs}" if self.n_jobs else ""
        sweep, logs = self.logs.parent, str(self.logs).replace("%", "%%")
        options = [
            *self.options,
            f"--job-name={self.config.hydra.job.name}-{sweep.name}",
            f"--array={numbers}{together}",
            f"--output={logs}/%a.log",
        ]
        run = [sys.executable, "-m", "triceras.sweeps.slurm_job", str(sweep), str(session.path)]
        hidden = f"export {VISIBLE}=\n" if self.gpus == 0 else ""
        script = f"#!/bin/sh\n{hidden}exec {shlex.join([*run, str(self.max_requeues)])}\n"
        return options, script


def wait(array: str, older: Sequence[str], session: Session, folders: Sequence[Path]) -> None:
    """Waits until the jobs of all arrays are over.

    Args:
        array: the id of the command's own.
        older: those of commands that have died, of which jobs may run.
        session: what says that they are to stop: those that run hear of it themselves, or of SLURM
            where their command has died, and those that wait are taken out of the queue.
        folders: of the jobs.
    """
    pause = 1.0
    try:
        while in_queue := still_queued([array, *older]):
            if session.told_to_stop():
                if slurm_queue.PENDING in in_queue.pop(array, ()):
                    slurm_queue.cancel(array, f"--state={slurm_queue.PENDING}")
                for one in in_queue:
                    slurm_queue.cancel(one)
            elif older and any(has_failed_since(job_record.read(f), session) for f in folders):
                # Jobs of commands that have died do not tell this one.
                session.note_failure()
            look_again = time.monotonic() + pause
            pause = min(LONGEST, pause * 1.2)
            while time.monotonic() < look_again and not session.told_to_stop():
                time.sleep(PAUSE)
            if session.told_to_stop():
                pause = 1.0
                time.sleep(PAUSE)
    except BaseException:
        slurm_queue.cancel(array)
        raise


def still_queued(arrays: Sequence[str]) -> dict[str, list[str]]:
    """The states of the jobs of those arrays that are not over, none where SLURM is silent."""
    states = {array: slurm_queue.states(array) for array in arrays}
    return {array: found or [] for array, found in states.items() if found != []}


def explain(folder: Path, logs: Path) -> None:
    """Records what SLURM says of a job that could not say itself how it ended."""
    record = job_record.settle(folder)
    log = logs / f"{record['job']}.log"
    said = log.read_text(errors="replace").split("\n") if log.is_file() else []
    last = next((line.strip() for line in reversed(said) if line.strip()), None)
    if last and record["status"] in (job_record.WAITING, job_record.KILLED):
        waited = record["status"] == job_record.WAITING
        status = {"status": job_record.FAILED} if waited else {}
        job_record.write(folder, record | status | {"error": last})
