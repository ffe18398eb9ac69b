"""What a launcher calls for each job, in whichever process and on whichever machine that is."""

import os
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from triceras.runs.stop import handling
from triceras.sweeps import job_record
from triceras.sweeps.job import start
from triceras.sweeps.places import Place
from triceras.sweeps.session import Session, current, signal_name
from triceras.sweeps.supervision import supervise


class Worker(Session):
    """A session as one process sees it that the launcher has started, and that gets signals too."""

    asked: str | None = None

    def told_to_stop(self) -> str | None:
        return self.asked or super().told_to_stop()

    def handle(self, number: int, frame: Any = None) -> None:
        """Is called by Python when a signal comes."""
        # A terminal sends Ctrl-C to the command as well, which tells all of them.
        if not (self.about.get("attached") and signal_name(number) == "SIGINT"):
            self.asked = self.asked or signal_name(number)


def run_job(config: DictConfig) -> float:
    """Runs one job of a sweep in a fresh process, and records in its `job.json` what came of it.

    The process is given the configuration that was composed before the first job started; see
    `triceras.sweeps.kept`.

    Args:
        config: what the launcher composed just now.

    Returns:
        The value of the job's `monitor`, for sweepers that optimise; NaN where the job failed,
        which never stops the other jobs.
    """
    hydra: Any = HydraConfig.instance().cfg
    folder = Path(HydraConfig.get().runtime.output_dir)
    session = Worker(current().path)
    with handling(() if session.is_here() else config.signals, session.handle):
        values = supervise(
            [folder],
            [Place()],
            lambda folder, place: start(folder, config, hydra, place, session),
            session,
        )
    if session.is_over() and not session.is_here():
        # The launcher's process would wait for more, and there is nobody to give it any.
        os._exit(1)
    return values.get(folder, reached(folder))


def reached(folder: Path) -> float:
    """What a job has reached, or NaN."""
    value = job_record.read(folder).get("value")
    return float("nan") if value is None else float(value)
