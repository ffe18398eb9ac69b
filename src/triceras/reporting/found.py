"""Finds the runs and the jobs of sweeps that are in some folders."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from triceras.config import ROOT
from triceras.errors import UserError
from triceras.runs import record
from triceras.sweeps import job_record

JOB = job_record.FILE
# A job's folder may be so deep in that of all outputs.
DEPTH = 6


def find(folders: Sequence[Path]) -> tuple[list[Path], list[dict[str, Any]]]:
    """The run folders, and the jobs.

    The runs that a sweep's jobs name are among them, wherever they are.

    Args:
        folders: of runs, sweeps or all outputs.

    Returns:
        Each run folder once, in the order of their names, and the records of the jobs, each with
        its `place`, and with `found`, the folder of its run, or `None`.

    Raises:
        UserError: a folder is not there, or there is nothing in them.
    """
    runs: dict[Path, Path] = {}
    jobs = []
    for folder in folders:
        if not folder.is_dir():
            raise UserError(f"{folder} is no folder: name one of a sweep, or of all outputs")
        for place, names in walk(folder):
            if record.FILE in names:
                runs.setdefault(place.resolve(), place)
            if JOB in names:
                jobs.append(read_job(place))
    for job in jobs:
        job["found"] = run_of(job)
        if job["found"]:
            runs.setdefault(job["found"].resolve(), job["found"])
    if not runs and not jobs:
        told = ", ".join(map(str, folders))
        raise UserError(f"no runs are in {told}: name the folder of a sweep, or of all outputs")
    once = {job["place"].resolve(): job for job in jobs}
    return sorted(runs.values()), sorted(once.values(), key=order)


def walk(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """Every folder that may be a run's or a job's; what lies within a run is left alone."""
    for place, folders, names in os.walk(folder, followlinks=False):
        if record.FILE in names:
            folders.clear()
        folders.sort()
        yield Path(place), names


def read_job(place: Path) -> dict[str, Any]:
    """What `job.json` holds, and where it is; of one that died without a word, that it did."""
    try:
        job = job_record.today(place)
    except (UserError, KeyError, TypeError) as error:
        told = str(error) if isinstance(error, UserError) else f"{place / JOB} is damaged"
        job = {"status": "unreadable", "error": told}
    return {"job": place.name, "overrides": [], **job, "place": place}


def order(job: dict[str, Any]) -> tuple[str, int, str]:
    """Sweeps by their names, jobs by their numbers."""
    number = str(job["job"])
    return str(job["place"].parent), int(number) if number.isdigit() else -1, number


def run_of(job: dict[str, Any]) -> Path | None:
    """The folder of a job's run, also where all outputs have been moved, or started elsewhere."""
    if not job.get("run_folder"):
        return None
    told = Path(job["run_folder"])
    outputs = job["place"].resolve().parents[1:DEPTH]
    candidates = [told, ROOT / told]
    # An experiment, a folder of its kind, and its own.
    ends = [Path(*told.parts[i:]) for i in range(len(told.parts) - 2)]
    candidates += [each / end for each in outputs for end in ends]
    return next((each for each in candidates if (each / record.FILE).is_file()), None)
