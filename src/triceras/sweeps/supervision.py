"""Runs jobs of a sweep, several at a time, each in a process of its own, from a single thread."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from triceras.sweeps.job import Job
from triceras.sweeps.places import Place
from triceras.sweeps.session import Session

# Seconds between two looks at the jobs, and at what the sweep is told.
PAUSE = 0.1


def supervise(
    jobs: Sequence[Any],
    places: Sequence[Place],
    start: Callable[[Any, Place], Job | None],
    session: Session,
) -> dict[Path, float]:
    """Runs jobs until all have ended, or the sweep is told to stop.

    Args:
        jobs: whatever tells one from another.
        places: where they can run, each one at a time.
        start: starts a job in a place; `None` where there is nothing to do.
        session: what says that it is to stop.

    Returns:
        What each reached that ran, by its folder.
    """
    waiting, free = deque(jobs), deque(places)
    running: dict[Job, Place] = {}
    values: dict[Path, float] = {}
    while True:
        # To start one takes a while, in which those that run may have to be told.
        while (stop := session.told_to_stop()) is None and waiting and free:
            job = start(waiting.popleft(), free[0])
            if job is not None:
                running[job] = free.popleft()
        if not running:
            return values
        time.sleep(PAUSE)
        for job in list(running):
            if job.process.process.poll() is not None:
                free.append(running.pop(job))
                values[job.folder] = job.end()
                continue
            job.read()
            if stop is not None:
                job.process.tell(stop)
                if session.told_to_kill():
                    job.process.kill()
