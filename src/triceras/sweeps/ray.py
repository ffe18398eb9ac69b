"""`hydra/launcher=ray`: the jobs of a sweep on the machines of Ray.

A launcher of our own, as that of Hydra has jobs run within Ray's processes: what these have started
dies with them, before it has saved itself.
"""

import os
import sys
import time
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from triceras.errors import UserError, one_line
from triceras.runs.lock import is_locked
from triceras.sweeps import job_record, ray_worker
from triceras.sweeps.asked import at_least, bytes_of, seconds_of
from triceras.sweeps.handing import to_hand_over
from triceras.sweeps.job import LOG
from triceras.sweeps.local import of_hydra
from triceras.sweeps.ray_cluster import (
    LOCAL,
    check_alive,
    check_package,
    check_room,
    connect,
)
from triceras.sweeps.session import Session, current

# Seconds between two looks at what the sweep is told, and at Ray's machines, and those that a job
# has to save itself whose process of Ray's has died.
PAUSE, LOOK, PATIENCE = 0.2, 10, 90


class RayLauncher(Launcher):
    """Gives jobs to Ray, and waits until all of them are over.

    Args:
        address: of a cluster; `local` for one that ends with this command, `auto` for the one that
            is there.
        cpus: cores of a job, and threads of every framework in it.
        gpus: how many a job has, also a part of one; it sees none where it is 0.
        memory: that a machine is to have left for a job, for example `"8G"`.
        time: that a job may take, for example `"2:00:00"`; then it saves itself.
        n_jobs: how many run at a time; `None` for as many as there is room for.
    """

    def __init__(
        self,
        address: str = LOCAL,
        cpus: int = 1,
        gpus: float = 0,
        memory: str | int | None = None,
        time: str | None = None,
        n_jobs: int | None = None,
    ):
        at_least("cpus", cpus, 1)
        at_least("n_jobs", n_jobs, 1)
        whole = isinstance(gpus, int) and not isinstance(gpus, bool) and gpus >= 0
        if not (whole or (isinstance(gpus, float) and 0 < gpus < 1)):
            raise UserError(
                f"hydra.launcher.gpus={gpus} is no number of them: use 0, 1, 2, or a part of one "
                "such as 0.5"
            )
        self.wanted = {"CPU": cpus, "GPU": gpus, "memory": bytes_of(memory)}
        self.address, self.seconds, self.n_jobs = address, seconds_of(time), n_jobs

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        check_package()
        self.context, self.config = hydra_context, config

    def launch(
        self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
    ) -> Sequence[JobReturn]:
        session = current()
        ray = connect(self.address)
        self.look_for_room(ray)
        # Ray's process may find another version of it, or none.
        ray.cloudpickle.register_pickle_by_value(ray_worker)
        task = ray.remote(
            num_cpus=self.wanted["CPU"],
            num_gpus=self.wanted["GPU"],
            memory=self.wanted["memory"],
            max_retries=0,
        )(ray_worker.run)
        waiting, running, folders = deque(job_overrides), {}, []
        said: dict[Path, str] = {}
        look_again = time.monotonic() + LOOK
        while waiting or running:
            if time.monotonic() > look_again:
                check_alive(ray)
                look_again = time.monotonic() + LOOK
            if session.told_to_stop() or session.skips():
                waiting.clear()
                take_back(ray, running)
            while waiting and len(running) < (self.n_jobs or len(job_overrides)):
                if session.told_to_stop():
                    break
                folder, arguments = self.of_a_job(waiting.popleft(), session)
                folders.append(folder)
                running[task.remote(*arguments)] = folder
            over, _ = ray.wait(list(running), timeout=PAUSE) if running else ([], [])
            for one in over:
                folder = running.pop(one)
                if (problem := problem_of(ray, one)) is not None:
                    said[folder] = problem
        wait_for(said)
        for folder in folders:
            explain(folder, said.get(folder), session)
        return []

    def look_for_room(self, ray: Any) -> None:
        """Says if no machine is large enough for a job, as Ray would wait for one without a word.

        Raises:
            UserError: and none will ever come.
        """
        problem = check_room(ray, self.wanted)
        if problem and self.address == LOCAL:
            raise UserError(f"{problem}: ask for less in hydra.launcher, or name a larger cluster")
        if problem:
            print(f"{problem}: the jobs wait for one that has", flush=True)

    def of_a_job(self, words: Sequence[str], session: Session) -> tuple[Path, list[Any]]:
        """The folder of a job, and what Ray's process is given for it."""
        config = self.context.config_loader.load_sweep_config(self.config, list(words))
        folder = Path(config.hydra.sweep.dir, config.hydra.sweep.subdir).absolute()
        asked = (self.wanted["CPU"], self.wanted["GPU"], self.seconds or "")
        command = [sys.executable, "-m", "triceras.sweeps.ray_job"]
        command += map(str, (folder, session.path, *asked))
        given = to_hand_over(config, of_hydra(config))
        return folder, [command, given, dict(os.environ), os.getcwd(), str(folder / LOG)]


def take_back(ray: Any, running: dict[Any, Path]) -> None:
    """Takes those jobs back that have not begun; those that have are told by the sweep itself."""
    for one, folder in running.items():
        if not is_locked(folder / job_record.LOCK):
            ray.cancel(one)


def problem_of(ray: Any, one: Any) -> str | None:
    """What Ray says against a job that is over, or `None`."""
    try:
        ray.get(one)
    except ray.exceptions.TaskCancelledError:
        return None
    except ray.exceptions.RayError as error:
        return one_line(getattr(error, "cause", None) or error)
    return None


def wait_for(folders: Iterable[Path]) -> None:
    """Waits for jobs whose process of Ray's has died: they are just saving themselves."""
    end = time.monotonic() + PATIENCE
    for folder in folders:
        while is_locked(folder / job_record.LOCK) and time.monotonic() < end:
            time.sleep(PAUSE)


def explain(folder: Path, problem: str | None, session: Session) -> None:
    """Records what Ray says of a job that could not say itself how it ended.

    Args:
        folder: of the job.
        problem: what Ray says against it.
        session: of this command.
    """
    record = job_record.settle(folder)
    more = {}
    if record["status"] == job_record.WAITING and session.skips():
        more = {"status": job_record.SKIPPED}
    elif record["status"] == job_record.WAITING and not session.told_to_stop():
        error = problem or "its process ended before it began: see job.log"
        more = {"status": job_record.FAILED, "error": error}
    elif problem and record["status"] in job_record.TO_GO_ON:
        more = {"error": problem}
        print(f"job {record['job']}: {problem}", flush=True)
    if more:
        job_record.write(folder, record | more)
