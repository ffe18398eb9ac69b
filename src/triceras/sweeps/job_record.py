"""`job.json`: what has become of one job of a sweep."""

import json
from pathlib import Path
from typing import Any

from triceras.errors import UserError, one_line
from triceras.runs.folder import write_json
from triceras.runs.lock import is_locked, try_lock
from triceras.runs.monitor import monitored

FILE = "job.json"
LOCK = "job.lock"
WAITING, RUNNING, FINISHED, FAILED = "waiting", "running", "finished", "failed"
INTERRUPTED, KILLED, SKIPPED, PRUNED = "interrupted", "killed", "skipped", "pruned"
# What is not run again.
DONE = (FINISHED, PRUNED)
# What a run is gone on with of.
TO_GO_ON = (INTERRUPTED, KILLED)
DIED = (
    "its process died without a word: SIGKILL, from a person, the system out of memory, or a crash"
)


def read(folder: Path) -> dict[str, Any]:
    """What is recorded of a job.

    Raises:
        UserError: the file is damaged, or not there.
    """
    try:
        return json.loads((folder / FILE).read_text())
    except (OSError, ValueError) as error:
        raise UserError(f"{folder / FILE} cannot be read: {one_line(error)}") from error


def write(folder: Path, record: dict[str, Any]) -> None:
    """Records what has become of a job, whole or not at all."""
    write_json(folder / FILE, record)


def today(folder: Path) -> dict[str, Any]:
    """What is recorded of a job, where one that is said to run but is not has been killed."""
    record = read(folder)
    if record["status"] == RUNNING and not is_locked(folder / LOCK):
        # It may have ended between the two looks.
        return settled(read(folder))
    return record


def settle(folder: Path) -> dict[str, Any]:
    """Writes down what became of a job of which nobody wrote it down; returns its record."""
    lock = try_lock(folder / LOCK)
    if lock is None:
        return read(folder)
    with lock:
        return settle_locked(folder)


def settle_locked(folder: Path) -> dict[str, Any]:
    """The same where this process has the job locked."""
    record = read(folder)
    found = settled(record)
    if found != record:
        write(folder, found)
    return found


def settled(record: dict[str, Any]) -> dict[str, Any]:
    """What became of a job that no process works on, after its run folder, which knows better.

    Args:
        record: of the job.
    """
    if record["status"] not in (RUNNING, *TO_GO_ON):
        return record
    run = read_quietly(record.get("run_folder"), "run.json")
    if run.get("status") == FINISHED:
        return record | {"status": FINISHED, "error": None} | results(record)
    if record["status"] != RUNNING:
        return record
    if run.get("status") == PRUNED:
        return record | {"status": PRUNED, "error": run.get("error")}
    if run.get("status") == INTERRUPTED:
        return record | {"status": INTERRUPTED, "error": None}
    if run.get("status") == FAILED:
        return record | {"status": FAILED, "error": run.get("error")}
    return record | {"status": KILLED, "error": DIED}


def results(record: dict[str, Any]) -> dict[str, Any]:
    """The metric by which a run is judged, as its folder holds it.

    Args:
        record: of the job, with its `run_folder` and what it was asked to watch, `monitor`.
    """
    metrics = read_quietly(record.get("run_folder"), "summary.json").get("metrics") or {}
    name = monitored(metrics, record.get("monitor") or "")
    return {"monitor": name, "value": metrics[name]} if name else {"value": None}


def read_quietly(folder: str | None, name: str) -> dict[str, Any]:
    """A JSON file of a run folder; nothing where it is not there, or not whole."""
    try:
        return json.loads((Path(folder or "") / name).read_text()) if folder else {}
    except (OSError, ValueError):
        return {}
