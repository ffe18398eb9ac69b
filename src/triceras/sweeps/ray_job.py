"""What Ray's process starts for a job of a sweep: `python -m triceras.sweeps.ray_job`.

A process between the two, as Ray kills those that its own has started when that ends; the job
itself then notices, and saves itself.
"""

import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from triceras.config import prepare_hydra
from triceras.runs.stop import handling
from triceras.sweeps.handing import read_handed
from triceras.sweeps.job import LOG, start
from triceras.sweeps.machine import VISIBLE
from triceras.sweeps.places import THREADS, Place
from triceras.sweeps.supervision import supervise
from triceras.sweeps.worker import Worker

# What a job is sent whose time is over, as on SLURM.
WARNING = "SIGUSR2"
# Seconds that it has to save itself, more than `grace`.
PATIENCE = 60


class Timed(Worker):
    """A session whose job may take so long.

    Args:
        path: the file of the command.
        seconds: from now on; `None` for as many as it wants.
    """

    def __init__(self, path: Path, seconds: float | None):
        super().__init__(path)
        self.end = float("inf") if seconds is None else time.monotonic() + seconds

    def is_late(self, by: float = 0) -> bool:
        """Whether the time is over.

        Args:
            by: so many seconds ago.
        """
        return time.monotonic() >= self.end + by

    def told_to_stop(self) -> str | None:
        return super().told_to_stop() or (WARNING if self.is_late() else None)

    def told_to_kill(self) -> bool:
        return super().told_to_kill() or self.is_late(by=PATIENCE)


def run_job(
    folder: Path, config: DictConfig, root: DictConfig, session: Timed, environment: dict[str, Any]
) -> None:
    """Runs a job until it is over, or has to stop.

    Args:
        folder: of the job.
        config: what the launcher composed.
        root: what Hydra says of the sweep.
        session: of the command that had Ray start this.
        environment: variables that are set before the job imports anything.
    """
    with handling(config.signals, session.handle):
        supervise(
            [folder],
            [Place(environment=environment)],
            lambda folder, place: start(folder, config, root, place, session),
            session,
        )
    if session.is_late() and not Worker.told_to_stop(session):
        with open(folder / LOG, "a") as log:
            print("its time is over: hydra.launcher.time", file=log)


def stop_with(line: int, session: Worker) -> None:
    """Has the job save itself once a pipe is closed, as whoever holds it has died."""
    while os.read(line, 1):
        pass
    session.asked = session.asked or "SIGTERM"


if __name__ == "__main__":
    prepare_hydra()
    folder, path, cpus, gpus, seconds = sys.argv[1:]
    session = Timed(Path(path), float(seconds) if seconds else None)
    config, root = read_handed(sys.stdin.buffer)
    threading.Thread(target=stop_with, args=[0, session], daemon=True).start()
    environment = dict.fromkeys(THREADS, cpus) | ({} if float(gpus) else {VISIBLE: ""})
    run_job(Path(folder), config, root, session, environment)
