"""All runs of some folders, each counted once."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from triceras.reporting.found import find
from triceras.reporting.run_files import FINISHED, Run, printable, read_run, words_of
from triceras.sweeps import job_record

# What a sweep says of a job whose run has not come to say anything.
ENDED = (job_record.FAILED, job_record.INTERRUPTED, job_record.KILLED)


def read(folders: Sequence[Path]) -> tuple[list[Run], list[str]]:
    """Reads all runs, and the jobs that have none.

    Args:
        folders: of runs, sweeps or all outputs.

    Returns:
        The runs, and what a reader must know of how they were counted.

    Raises:
        UserError: there are none.
    """
    paths, jobs = find(folders)
    runs = once(map(read_run, paths))
    notes = []
    if copies := len(paths) - len(runs):
        notes.append(
            "runs that are in two places are counted once, where they got furthest: "
            f"{copies} left out"
        )
    by_id = {run.id: run for run in runs}
    for job in jobs:
        run = by_id.get(job["found"].name) if job["found"] else None
        if run is None:
            runs.append(without_folder(job))
            continue
        # A run that was resumed by another job, or by hand, names that command alone.
        run.words = words_of(job["overrides"]) | dict(run.words)
        run.job = job
        if run.status == job_record.KILLED and job["status"] in ENDED:
            # Whoever looked after the process knows how it ended.
            run.status = str(job["status"])
            run.line = printable(" ".join(str(job.get("error") or run.line).split()))
    return runs, notes


def once(runs: Iterable[Run]) -> list[Run]:
    """Of several folders of one run, the one where it got furthest."""
    best: dict[str, Run] = {}
    for run in runs:
        if run.id not in best or furthest(run) > furthest(best[run.id]):
            best[run.id] = run
    return list(best.values())


def furthest(run: Run) -> tuple[bool, int, str]:
    """What a copy of a run is preferred by."""
    steps = run.summary.get("steps")
    return run.status == FINISHED, steps or 0, str(run.record.get("ended") or "")


def without_folder(job: Mapping[str, Any]) -> Run:
    """A job whose run never began, or is no longer there."""
    status, line = str(job.get("status")), str(job.get("error") or "")
    if status == FINISHED:
        status = "lost"
        line = f"it finished, and its run is not there: {job.get('run_folder')}"
    elif not line:
        line = "see job.log" if (job["place"] / "job.log").exists() else "it has not begun"
    line, words = printable(" ".join(line.split())), words_of(job["overrides"])
    return Run(str(job["place"]), job["place"], status, line, words=words, job=job)


def counts(runs: Sequence[Run]) -> dict[str, int]:
    """How many runs have ended how, the finished first."""
    found = Counter(run.status for run in runs)
    return {FINISHED: found.pop(FINISHED, 0)} | dict(sorted(found.items()))
