"""Runs a sweep under several launchers: how long they take, and whether the bits are the same."""

import contextlib
import ctypes
import dataclasses
import importlib.util
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.core.plugins import Plugins
from hydra.plugins.launcher import Launcher

from triceras.sweeps import report
from triceras.testing import slurm_cluster
from triceras.testing.kills import TRAIN, differing, environment

# What has each of them run two jobs at a time; submitit would start all of them at once.
TWO_AT_A_TIME = {
    "basic": (),
    "local": ("hydra.launcher.n_jobs=2",),
    "joblib": ("hydra.launcher.n_jobs=2",),
    "submitit_local": ("hydra.sweeper.max_batch_size=2",),
    "slurm": ("hydra.launcher.n_jobs=2",),
    "ray": ("hydra.launcher.n_jobs=2",),
}
PLUGINS = {"joblib": "JoblibLauncher", "submitit_local": "LocalLauncher"}
# prctl(2): processes whose parent has ended become ours, so that their time is known.
PR_SET_CHILD_SUBREAPER = 36
CORES = 2
# Of whose processes nobody hears how long they took: its daemon ignores SIGCHLD.
TIME_UNKNOWN = ("ray",)


def missing(launcher: str) -> str | None:
    """What a launcher lacks here, or `None`."""
    if launcher == "slurm":
        return slurm_cluster.missing()
    if launcher == "ray" and importlib.util.find_spec("ray") is None:
        return "ray is not installed"
    there = {plugin.__name__ for plugin in Plugins.instance().discover(Launcher)}
    if PLUGINS.get(launcher, "BasicLauncher") in there:
        return None
    return f"hydra-{launcher.partition('_')[0]}-launcher is not installed"


def cluster(launcher: str) -> contextlib.AbstractContextManager[Any]:
    """What a launcher needs to be there while it works."""
    return slurm_cluster.cluster() if launcher == "slurm" else contextlib.nullcontext()


@dataclasses.dataclass
class Launched:
    """A sweep that is over.

    Args:
        jobs: the records of its jobs.
        seconds: that it took.
        processor_seconds: of all its processes, daemons too; NaN where they are not known.
    """

    jobs: list[dict[str, Any]]
    seconds: float
    processor_seconds: float

    @property
    def finished(self) -> int:
        """How many jobs have."""
        return sum(job["status"] == "finished" for job in self.jobs)

    @property
    def busy(self) -> float:
        """The share of `CORES` cores that it kept busy."""
        return self.processor_seconds / self.seconds / CORES


def launch(folder: Path, *words: str) -> Launched:
    """Runs a sweep to its end.

    Args:
        folder: where its runs go; beside it, what the command printed.
        *words: of the command.
    """
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    command = [sys.executable, str(TRAIN), "-m", *words, f"output_dir={folder}"]
    log = folder.with_suffix(".log")
    began, before = time.monotonic(), processor_seconds()
    with open(log, "w") as file:
        code = subprocess.run(
            command, stdout=file, stderr=subprocess.STDOUT, env=environment()
        ).returncode
    seconds = time.monotonic() - began
    jobs = [job for path in folder.glob("sweeps/*") for job in report.read_jobs(path)]
    launched = Launched(jobs, seconds, processor_seconds() - before)
    said = f"{folder.name}: {launched.finished} of {len(jobs)} finished in {seconds:.0f} s"
    print(f"{said}, exit code {code}: {log}", flush=True)
    return launched


def launch_under(launcher: str, folder: Path, *words: str) -> Launched:
    """Runs a sweep under a launcher, two jobs at a time, whose own processes count as well."""
    before = processor_seconds()
    with cluster(launcher):
        launched = launch(folder, f"hydra/launcher={launcher}", *TWO_AT_A_TIME[launcher], *words)
    # What SLURM had in the background has ended by now.
    used = float("nan") if launcher in TIME_UNKNOWN else processor_seconds() - before
    return dataclasses.replace(launched, processor_seconds=used)


def processor_seconds() -> float:
    """Those of all processes that this one and theirs have started, and that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def same(jobs: Sequence[dict[str, Any]], others: Sequence[dict[str, Any]]) -> bool:
    """Whether all jobs of two sweeps have finished, with the same bits; says where not."""
    good = len(jobs) == len(others) > 0
    for job, other in zip(jobs, others, strict=False):
        if job["status"] != "finished" or other["status"] != "finished":
            good = False
            continue
        differences = differing(Path(job["run_folder"]), Path(other["run_folder"]))
        good &= not differences
        if differences:
            print(f"{json.dumps(job['overrides'])}: {'; '.join(differences)}", flush=True)
    return good
