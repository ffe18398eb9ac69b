"""`hydra/launcher=local`: several jobs at a time on this machine, its cores and GPUs shared out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from triceras.errors import UserError
from triceras.sweeps.job import Job, start
from triceras.sweeps.machine import cores, graphics
from triceras.sweeps.places import Place, shared_out
from triceras.sweeps.session import current
from triceras.sweeps.supervision import supervise


class LocalLauncher(Launcher):
    """Runs jobs from a single thread, which the signals of the sweep reach.

    Hydra's callbacks of jobs, of which one process can have one at a time, are not called.

    Args:
        n_jobs: how many run at a time; `None` for one for each GPU, or each core where there is
            none.
        threads: how many cores a job has, and threads each framework in it; `None` for as many as
            fall to it.
        gpus: ids of the GPUs, of which each job sees one; `"auto"` for those that there are.
    """

    def __init__(
        self,
        n_jobs: int | None = None,
        threads: int | None = None,
        gpus: str | int | Sequence[int | str] | None = "auto",
    ):
        for name, value in (("n_jobs", n_jobs), ("threads", threads)):
            if value is not None and (not isinstance(value, int) or value < 1):
                raise UserError(
                    f"hydra.launcher.{name}={value} is no number of them: use 1 or more"
                )
        if isinstance(gpus, str) and gpus != "auto":
            raise UserError(f"hydra.launcher.gpus={gpus} is no list: use auto, [0,1] or []")
        self.n_jobs, self.threads = n_jobs, threads
        self.gpus = [gpus] if isinstance(gpus, int) else gpus

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        self.context, self.config = hydra_context, config

    def launch(
        self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
    ) -> Sequence[JobReturn]:
        session = current()

        def begin(words: Sequence[str], place: Place) -> Job | None:
            config = self.context.config_loader.load_sweep_config(self.config, list(words))
            folder = Path(config.hydra.sweep.dir) / config.hydra.sweep.subdir
            return start(folder, config, of_hydra(config), place, session)

        supervise(job_overrides, self.places(), begin, session)
        return []

    def places(self) -> list[Place]:
        """Where the jobs run."""
        gpus = graphics() if self.gpus == "auto" else self.gpus
        return shared_out(cores(), gpus, self.n_jobs, self.threads)


def of_hydra(config: DictConfig) -> Any:
    """What Hydra says of itself, apart, of a composed configuration."""
    before = HydraConfig.instance().cfg
    HydraConfig.instance().set_config(config)
    try:
        return HydraConfig.instance().cfg
    finally:
        HydraConfig.instance().cfg = before
