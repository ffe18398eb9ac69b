"""The table of all jobs at the end of a sweep."""

import json
import re
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig
from rich.console import Console
from rich.table import Table
from rich.text import Text

# Hydra swallows what a callback raises, so the script asks afterwards, in `print_report`.
finished_sweeps: list[Path] = []


class SweepReport(Callback):
    """Notes the folder of a sweep that has ended."""

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        finished_sweeps.append(Path(config.hydra.sweep.dir))


def print_report() -> bool:
    """Prints a table of the jobs of each sweep that has ended in this process.

    Returns:
        `False` if a job failed, or never said that it finished.
    """
    all_finished = True
    for folder in finished_sweeps:
        jobs = read_jobs(folder)
        # In a file, whatever its width, the names of folders stay in one piece.
        Console(width=None if Console().is_terminal else 1000).print(table(jobs))
        failed = [job for job in jobs if job["status"] != "finished"]
        print(f"{len(jobs) - len(failed)} of {len(jobs)} jobs finished")
        print(f"sweep: {folder}")
        all_finished = all_finished and bool(jobs) and not failed
    return all_finished


def read_jobs(folder: Path) -> list[dict[str, Any]]:
    """The records of a sweep's jobs, in their order."""
    jobs = [json.loads(path.read_text()) for path in folder.glob("*/job.json")]
    return sorted(jobs, key=lambda job: job["job"])


def table(jobs: list[dict[str, Any]]) -> Table:
    """A table of jobs: in what they differ, and what came of them."""
    shared = [
        override
        for override in (jobs[0]["overrides"] if jobs else [])
        if len(jobs) > 1 and all(override in job["overrides"] for job in jobs)
    ]
    result = Table(title=Text(f"sweep: {readable(shared)}"), title_justify="left")
    for name in ("job", "overrides", "status", "result", "seconds", "run folder"):
        result.add_column(name, overflow="fold")
    for job in jobs:
        failed = job["status"] != "finished"
        value = job.get("value")
        measured = "" if value is None else f"{job['monitor']} = {value:.5g}"
        cells = (
            str(job["job"]),
            readable([override for override in job["overrides"] if override not in shared]),
            job["status"],
            (job.get("error") or "see job.log") if failed else measured,
            str(job.get("seconds", "")),
            job.get("run_folder") or "",
        )
        # As `Text`, as Rich would take `callbacks=[early]` for a style of its own.
        result.add_row(*map(Text, cells), style="red" if failed else None)
    return result


def readable(overrides: list[str]) -> str:
    r"""Overrides as a person types them: Hydra writes `notes=$\{hydra\:job.num\}`."""
    return re.sub(r"\\(?=[\\{}()\[\]:=, ])", "", " ".join(overrides))
