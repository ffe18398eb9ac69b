"""One job of a sweep: a process of its own, as a backend can be chosen only once a process.

It works under every launcher, those included that run several jobs in one process.
"""

import datetime
import functools
import socket
import sys
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from triceras.backend import installed
from triceras.commands.messages import message
from triceras.config import ROOT
from triceras.errors import UserError
from triceras.runs.lock import try_lock
from triceras.runs.record import now
from triceras.sweeps import forked, job_record
from triceras.sweeps.handing import to_hand_over
from triceras.sweeps.kept import kept
from triceras.sweeps.places import Place
from triceras.sweeps.process import JobProcess, ending
from triceras.sweeps.session import Session
from triceras.tracking.redaction import redacted
from triceras.words import word

LOG = "job.log"
RUN, ERROR, PRUNED = "run: ", "error: ", "pruned: "
# What a record says of one attempt, and not of the job.
OF_AN_ATTEMPT = (
    "status",
    "exit_code",
    "seconds",
    "run_folder",
    "error",
    "started",
    "ended",
    "host",
)


def in_sweep() -> bool:
    """Whether this is a job of a sweep (`-m`), not a single run."""
    return HydraConfig.get().mode == RunMode.MULTIRUN


class Job:
    """A job that runs, which nobody else runs for as long as it does.

    Args:
        folder: of the job.
        config: what the launcher composed just now.
        root: what Hydra says of the sweep.
        place: where it is to run.
        lock: that of the job, which its process holds as well.
        session: of the command that it runs for.
    """

    def __init__(
        self,
        folder: Path,
        config: DictConfig,
        root: DictConfig,
        place: Place,
        lock: IO[str],
        session: Session,
    ):
        self.folder, self.lock, self.session = folder, lock, session
        before = job_record.read(folder)
        self.record = next_attempt(before) | {"session": session.path.name}
        going_on = before["status"] in job_record.TO_GO_ON
        resumed = can_go_on(before.get("run_folder")) if going_on else None
        config, root = kept(folder, config, root)
        more = {"sweep_id": Path(root.hydra.sweep.dir).name}
        # These are there to be read, and recorded.
        overrides: Any = OmegaConf.to_container(root.hydra.overrides.task, resolve=False)
        words = [*overrides, *(word(key, value) for key, value in more.items())]
        if resumed:
            self.record["run_folder"] = more["resume"] = resumed
            words.append(word("resume", resumed))
        script = str(ROOT / "scripts" / f"{root.hydra.job.name}.py")
        with place.taken():
            self.process = JobProcess(
                [sys.executable, script, *words],
                folder / LOG,
                to_hand_over(config, root, **more),
                place.environment,
                [lock.fileno()],
                functools.partial(fork_server, root.hydra.job.name, config, resumed, session),
            )
        self.process.hears = list(config.get("signals") or ())
        self.record["pid"] = self.process.process.pid
        self.write()

    def read(self) -> None:
        """Looks at what the job has printed since."""
        self.process.read(RUN, ERROR, PRUNED)
        if self.record["pid"] != self.process.process.pid:
            self.record["pid"] = self.process.process.pid
            self.write()
        folder = self.process.said.get(RUN)
        # What a person's own code prints may begin like it.
        if folder and folder != self.record.get("run_folder") and Path(folder).is_dir():
            self.record["run_folder"] = folder
            self.write()

    def end(self) -> float:
        """Records how the job ended, once its process has; returns what it reached, or NaN."""
        self.read()
        code = self.process.close()
        status, error = ending(code, self.process.told)
        self.record |= {
            "status": status,
            "exit_code": code,
            "seconds": round(time.perf_counter() - self.process.started, 1),
            "ended": now(),
            "error": self.process.said.get(PRUNED if status == job_record.PRUNED else ERROR, error),
        }
        if self.process.lost:
            before = self.record | {"status": job_record.RUNNING, "exit_code": None}
            self.record = job_record.settled(before)
            status = self.record["status"]
        if status == job_record.FAILED:
            self.session.note_failure()
        self.record |= job_record.results(self.record)
        self.write()
        self.lock.close()
        value = self.record["value"]
        return float("nan") if value is None else float(value)

    def write(self) -> None:
        """Records what is known so far."""
        job_record.write(self.folder, self.record)


def start(
    folder: Path, config: DictConfig, root: DictConfig, place: Place, session: Session
) -> Job | None:
    """Starts a job, unless somebody else does or it is not to run.

    Args:
        folder: of the job.
        config: what the launcher composed just now.
        root: what Hydra says of the sweep.
        place: where it is to run.
        session: of the command that it runs for.

    Returns:
        It, or `None`; `job.json` then says why.
    """
    lock = try_lock(folder / job_record.LOCK)
    if lock is None:
        return None
    try:
        record = job_record.settle_locked(folder)
        if record["status"] in job_record.DONE or has_failed_since(record, session):
            job = None
        elif session.told_to_stop():
            # It came before the lock was taken, and nobody waits for this job.
            job = None
        elif session.skips():
            job = None
            # One that has been at work is still to go on from there.
            if record["status"] == job_record.WAITING:
                job_record.write(folder, record | {"status": job_record.SKIPPED})
        else:
            job = Job(folder, config, root, place, lock, session)
    except Exception as error:
        job = None
        note_that_it_did_not_start(folder, error)
        session.note_failure()
    except BaseException:
        lock.close()
        raise
    if job is None:
        lock.close()
    return job


def fork_server(
    script: str,
    config: DictConfig,
    resumed: str | None,
    session: Session,
    environment: Mapping[str, str],
) -> forked.ForkServer | None:
    """What forks the process of a job, or `None` where it is to import its framework itself.

    Args:
        script: name of the command.
        config: of the job.
        resumed: the run that it goes on with.
        session: of the command that it runs for.
        environment: all variables of its process.
    """
    # Whoever runs one job would import no sooner in another process.
    if script != "train" or not session.is_here() or not forked.can_fork():
        return None
    try:
        chosen: Any = OmegaConf.to_container(config.backend, resolve=True)
        backend, variables = chosen["name"], chosen["environment"]
        # The run that it goes on with may say another backend, and several devices are told to
        # the framework before it is imported.
        new = (resumed or config.get("resume")) is None
        alone = new and config.get("devices", 1) == 1
    except (OmegaConfBaseException, LookupError, TypeError, ValueError):
        return None  # the job says what is wrong
    if not alone or backend not in installed() or not isinstance(variables, dict):
        return None
    return forked.server(backend, {str(k): str(v) for k, v in variables.items()}, environment)


def note_that_it_did_not_start(folder: Path, error: Exception) -> None:
    """Records why a job could not be started."""
    if not isinstance(error, UserError):
        with open(folder / LOG, "a") as log:
            traceback.print_exception(error, file=log)
    failed = {"status": job_record.FAILED, "error": redacted(message(error)), "ended": now()}
    job_record.write(folder, job_record.read(folder) | failed)


def has_failed_since(record: dict[str, Any], session: Session) -> bool:
    """Whether another command ran a job, which failed, since this one began."""
    if record["status"] != job_record.FAILED or not (session.began and record.get("ended")):
        return False
    ended, began = map(datetime.datetime.fromisoformat, (record["ended"], session.began))
    return ended > began


def next_attempt(before: dict[str, Any]) -> dict[str, Any]:
    """The record of a job that starts, or starts again.

    Args:
        before: what it was until now.
    """
    attempt = {key: before[key] for key in OF_AN_ATTEMPT if key in before}
    record = {key: value for key, value in before.items() if key not in OF_AN_ATTEMPT}
    if "started" in attempt:
        record["attempts"] = [*record.get("attempts", []), attempt]
    return record | {
        "status": job_record.RUNNING,
        "started": now(),
        "host": socket.gethostname(),
        "run_folder": None,
    }


def can_go_on(run_folder: str | None) -> str | None:
    """The folder of a run that had got as far as to have one."""
    files = ("run.json", "config.yaml")
    there = run_folder and all((Path(run_folder) / name).is_file() for name in files)
    return run_folder if there else None
