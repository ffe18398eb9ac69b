"""Shows a sweep while it runs: a live table, or lines where there is no terminal."""

import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from triceras.errors import UserError
from triceras.sweeps import job_record, report
from triceras.sweeps.job import LOG

# Seconds between two looks at the files of the jobs.
PAUSE = 0.3
# Lines of a terminal that the table leaves to what the jobs print.
LEFT_FREE = 12
SMALLEST = 5
ENDED = (*job_record.DONE, job_record.FAILED, job_record.KILLED, job_record.INTERRUPTED)


class Watcher:
    """Shows what the files of jobs say, whichever process writes them.

    Args:
        folders: of all jobs of the sweep.
        parallel: whether more than one may run at a time; what they print then says whose it is.
        console: where to; `None` for the standard output.
    """

    def __init__(self, folders: Sequence[Path], parallel: bool, console: Console | None = None):
        self.parallel = parallel
        self.console = console or Console()
        self.jobs = {folder: job_record.read(folder) for folder in folders}
        self.changed = {folder: modified(folder) for folder in folders}
        # What was printed before is no news.
        self.read = {folder: size(folder / LOG) for folder in folders}
        self.logs: dict[Path, IO[str]] = {}
        self.live: Live | None = None
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self.live = Live(
                self.table(), console=self.console, transient=True, refresh_per_second=4
            )
            self.live.start()
        self.thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.over.set()
        self.thread.join()
        if self.live is not None:
            self.live.stop()
        for log in self.logs.values():
            log.close()

    def watch(self) -> None:
        """Looks until the sweep is over, and once more."""
        while not self.over.wait(PAUSE):
            self.look()
        self.look()

    def look(self) -> None:
        """Shows what is new."""
        for folder, before in self.jobs.items():
            when = modified(folder)
            new = when != self.changed[folder]
            if new:
                self.changed[folder] = when
                try:
                    self.jobs[folder] = job_record.read(folder)
                except UserError:
                    continue
            job = self.jobs[folder]
            if new and job["status"] == job_record.RUNNING != before["status"]:
                self.tell(job)
            if job["status"] == job_record.RUNNING or new:
                self.echo(folder, job)
            if new and job["status"] not in (job_record.RUNNING, before["status"]):
                self.tell(job)
        if self.live is not None:
            self.live.update(self.table())

    def echo(self, folder: Path, job: dict[str, Any]) -> None:
        """Shows what a job has printed since, line by line."""
        if folder not in self.logs:
            try:
                # Closed in `__exit__`, or as soon as the job has ended.
                self.logs[folder] = open(folder / LOG, errors="replace", newline="\n")  # noqa: SIM115
            except OSError:
                return
            self.logs[folder].seek(self.read[folder])
        log = self.logs[folder]
        ended = job["status"] != job_record.RUNNING
        prefix = f"[{job['job']}] " if self.parallel else ""
        while line := log.readline():
            if not line.endswith("\n") and not ended:
                log.seek(self.read[folder])
                break
            self.read[folder] = log.tell()
            self.print(prefix + line.rstrip("\n"))
        if ended:
            self.logs.pop(folder).close()

    def tell(self, job: dict[str, Any]) -> None:
        """Says what has become of a job, where no table does."""
        if self.live is not None:
            return
        words = report.own_words(job, report.shared_words(list(self.jobs.values())))
        more = words if job["status"] == job_record.RUNNING else report.outcome(job)
        said = f"job {job['job']} {job['status']}"
        self.print(f"{said}: {more}" if more else said)

    def print(self, line: str) -> None:
        """Prints a line as it is, however long."""
        self.console.print(Text(line), soft_wrap=True)

    def table(self) -> Any:
        """The table of as many jobs as there is room for, those first that run."""
        jobs = list(self.jobs.values())
        room = max(SMALLEST, self.console.height - LEFT_FREE)
        running = [job for job in jobs if job["status"] == job_record.RUNNING]
        ended = [job for job in jobs if job["status"] in ENDED]
        waiting = [job for job in jobs if job not in running and job not in ended]
        newest = sorted(ended, key=lambda job: job.get("ended") or "")
        chosen = (running + newest[::-1][: max(0, room - len(running) - 1)] + waiting)[:room]
        shown = report.table(jobs, sorted(chosen, key=lambda job: job["job"]))
        shown.caption = ", ".join(f"{n} {status}" for status, n in report.counts(jobs).items())
        return shown


def modified(folder: Path) -> int:
    """When the record of a job was changed."""
    try:
        return (folder / job_record.FILE).stat().st_mtime_ns
    except OSError:
        return 0


def size(path: Path) -> int:
    """The size of a file; 0 where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
