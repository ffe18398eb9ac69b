"""Stops a sweep half-way, goes on with it each time, and counts what became of its jobs."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from triceras.sweeps import job_record, plan, report
from triceras.sweeps.process import JobProcess
from triceras.testing.kills import TRAIN, environment

# What each sweep is stopped by, one after the other.
SIGNALS = ("SIGINT", "SIGTERM", "SIGKILL")
# Seconds after which a process that should have ended is one that is left.
PATIENCE = 90


@dataclasses.dataclass
class Stopped:
    """What became of a sweep that was stopped several times.

    Args:
        codes: exit codes of its commands, in their order.
        counts: how many jobs there are of each status.
        named: how many failed jobs say why.
        gone_on: how many jobs went on from where they were.
        twice: jobs that ran again after they had finished.
        left: processes, and jobs in a queue, that outlived a command.
        seconds: until the last process had ended after a command had, at the most.
    """

    codes: list[int]
    counts: dict[str, int]
    named: int
    gone_on: int
    twice: list[int]
    left: list[str]
    seconds: float


def stop_sweep(
    overrides: Sequence[str],
    folder: Path,
    signals: Sequence[str] = SIGNALS,
    tell: Callable[[str], object] = lambda line: None,
    queue: Callable[[], list[str]] | None = None,
) -> Stopped:
    """Begins a sweep, stops it as often as there are signals, and goes on with it to its end.

    Args:
        overrides: what to sweep over, and how to launch it.
        folder: where the folder of the sweep goes, and what its commands print.
        signals: names; SIGINT goes to all processes of the terminal.
        tell: told of each part.
        queue: jobs that others keep, which go on where the command dies; `None` where they end with
            it.
    """
    sweep = folder / "sweep"
    words = [f"hydra.sweep.dir={sweep}", *overrides]
    codes, left, seconds = [], [], 0.0
    for number, name in enumerate([*signals, None]):
        going_on = [sys.executable, str(TRAIN), f"resume_sweep={sweep}"]
        with open(folder / f"{number}.log", "w") as log:
            process = subprocess.Popen(
                going_on if number else [sys.executable, str(TRAIN), "-m", *words],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment(),
                start_new_session=True,
            )
        if name is not None:
            wait_for_share(process, sweep, (number + 1) / (len(signals) + 1))
            stop(process, getattr(signal, name))
        codes.append(process.wait())
        if queue is None or name != "SIGKILL":
            still, lasted = wait_for_end(lambda: alive(sweep) + (queue() if queue else []))
            left += still
            seconds = max(seconds, lasted)
        tell(
            f"{name or 'to the end'}: exit code {codes[-1]}{report.others(report.read_jobs(sweep))}"
        )
    jobs = report.read_jobs(sweep)
    runs = [json.loads(path.read_text()) for path in folder.rglob("run.json")]
    return Stopped(
        codes,
        report.counts(jobs),
        sum(job["status"] == job_record.FAILED and bool(job["error"]) for job in jobs),
        sum(bool(run.get("resumptions")) for run in runs),
        [job["job"] for job in jobs if finished_before(job)],
        left,
        seconds,
    )


def wait_for_end(running: Callable[[], list[str]]) -> tuple[list[str], float]:
    """Waits until nothing runs any more; returns what does all the same, and how long that took."""
    began = time.monotonic()
    while (still := running()) and time.monotonic() - began < PATIENCE:
        time.sleep(0.1)
    return still, time.monotonic() - began


def wait_for_word(process: JobProcess, start: str = "run: ") -> str:
    """Waits until a job has printed a line; returns what comes after its first words."""
    while start not in process.said:
        ended = process.process.poll() is not None
        process.read(start)
        assert start in process.said or not ended, f"it ended without {start!r}"
        time.sleep(0.01)
    return process.said[start]


def wait_for_share(process: subprocess.Popen, sweep: Path, share: float) -> None:
    """Waits until a share of the jobs has ended and the next one has its run folder."""
    before: set[str | None] = {None}
    while process.poll() is None:
        time.sleep(0.05)
        if not (sweep / plan.FILE).exists():
            continue
        jobs = [job_record.read(folder) for folder in plan.folders(sweep)]
        ended = sum(job["status"] in (job_record.FINISHED, job_record.FAILED) for job in jobs)
        running = [job for job in jobs if job["status"] == job_record.RUNNING]
        if ended >= share * len(jobs) and any(job["run_folder"] not in before for job in running):
            return
        # Those that have begun may be about to end: one that begins now is not.
        if ended < share * len(jobs):
            before = {None, *(job["run_folder"] for job in jobs if "run_folder" in job)}


def stop(process: subprocess.Popen, number: int) -> None:
    """Sends a signal as a person, a system or a terminal does."""
    if process.poll() is None and number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)


def alive(sweep: Path) -> list[str]:
    """The commands of the processes that work on a sweep."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            ours = str(sweep.resolve()).encode() in (path / "environ").read_bytes()
            words = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if ours and words:
            found.append(words)
    return found


def finished_before(job: dict) -> bool:
    """Whether a job had finished, and ran again."""
    return any(attempt["status"] == job_record.FINISHED for attempt in job.get("attempts", ()))
