"""The table of all jobs at the end of a sweep."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from triceras.reporting.at_end import report_at_end
from triceras.sweeps import job_record, plan

# Of this process, in their order.
sweeps: list[Path] = []
# Those of them that end with a report of what they reached.
reported: set[Path] = set()

COLUMNS = ("job", "overrides", "status", "result", "seconds", "run folder")
LONG = ("overrides", "result")
STYLES = {
    job_record.FAILED: "red",
    job_record.KILLED: "red",
    job_record.INTERRUPTED: "yellow",
    job_record.RUNNING: "cyan",
    job_record.PRUNED: "dim",
    job_record.WAITING: "dim",
    job_record.SKIPPED: "dim",
}


def print_report() -> bool:
    """Prints a table of the jobs of each sweep of this process.

    Returns:
        `False` if a job has not finished, and no search has given it up.
    """
    all_finished = True
    for folder in sweeps:
        jobs = read_jobs(folder)
        # In a file, whatever its width, the names of folders stay in one piece.
        Console(width=None if Console().is_terminal else 1000).print(table(jobs))
        finished = [job for job in jobs if job["status"] == job_record.FINISHED]
        print(f"{len(finished)} of {len(jobs)} jobs finished{others(jobs)}")
        if folder in reported and len(finished) > 1 and has_ended(jobs):
            report_at_end(folder)
        print(f"sweep: {folder}", flush=True)
        done = [job for job in jobs if job["status"] in job_record.DONE]
        all_finished = all_finished and bool(jobs) and len(done) == len(jobs)
    return all_finished


def has_ended(jobs: Sequence[dict[str, Any]]) -> bool:
    """Whether no job of a sweep is left to go on with."""
    return all(job["status"] in (*job_record.DONE, job_record.FAILED) for job in jobs)


def others(jobs: Sequence[dict[str, Any]]) -> str:
    """How many jobs have not finished, and why, in words; nothing where all have."""
    counted = counts(jobs)
    counted.pop(job_record.FINISHED, None)
    return "".join(f", {number} {status}" for status, number in counted.items())


def counts(jobs: Sequence[dict[str, Any]]) -> dict[str, int]:
    """How many jobs there are of each status that there is."""
    order = (job_record.FINISHED, *STYLES)
    found = {status: sum(job["status"] == status for job in jobs) for status in order}
    return {status: number for status, number in found.items() if number}


def read_jobs(folder: Path) -> list[dict[str, Any]]:
    """The records of a sweep's jobs, in their order."""
    if (folder / plan.FILE).is_file():
        return [job_record.today(path) for path in plan.folders(folder)]
    # One from before there were plans.
    jobs = [job_record.today(path.parent) for path in folder.glob(f"*/{job_record.FILE}")]
    return sorted(jobs, key=lambda job: job["job"])


def table(jobs: Sequence[dict[str, Any]], shown: Sequence[dict[str, Any]] | None = None) -> Table:
    """A table of jobs: in what they differ, and what came of them.

    Args:
        jobs: the records of all of them.
        shown: those that are shown, in a line each; `None` for all of all.
    """
    shared = shared_words(jobs)
    short = shown is not None
    title = Text(f"sweep: {readable(shared)}")
    result = Table(title=title, title_justify="left", expand=short)
    for name in COLUMNS[:-1] if short else COLUMNS:
        result.add_column(
            name,
            overflow="ellipsis" if short else "fold",
            no_wrap=short,
            # Of what is cut, the others are not.
            ratio=1 if short and name in LONG else None,
        )
    for job in jobs if shown is None else shown:
        cells = (
            str(job["job"]),
            own_words(job, shared),
            job["status"],
            outcome(job),
            str(job.get("seconds", "")),
            job.get("run_folder") or "",
        )
        # As `Text`, as Rich would take `callbacks=[early]` for a style of its own.
        result.add_row(*map(Text, cells[: len(result.columns)]), style=STYLES.get(job["status"]))
    return result


def shared_words(jobs: Sequence[dict[str, Any]]) -> list[str]:
    """The words that all jobs have."""
    if len(jobs) < 2:
        return []
    common = set.intersection(*(set(job["overrides"]) for job in jobs))
    return [word for word in jobs[0]["overrides"] if word in common]


def own_words(job: dict[str, Any], shared: Sequence[str]) -> str:
    """The words that not all jobs have."""
    return readable([word for word in job["overrides"] if word not in shared])


def outcome(job: dict[str, Any]) -> str:
    """What a job has reached, or why it has not."""
    value = job.get("value")
    if job["status"] == job_record.FINISHED:
        return "" if value is None else f"{job['monitor']} = {value:.5g}"
    if job["status"] in (job_record.FAILED, job_record.KILLED, job_record.PRUNED):
        return job.get("error") or "see job.log"
    return ""


def readable(overrides: Sequence[str]) -> str:
    r"""Overrides as a person types them: Hydra writes `notes=$\{hydra\:job.num\}`."""
    return re.sub(r"\\(?=[\\{}()\[\]:=, ])", "", " ".join(overrides))
