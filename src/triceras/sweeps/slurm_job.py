"""What SLURM runs for a job of a sweep: `python -m triceras.sweeps.slurm_job`.

It is told by SLURM as well as by the command of the sweep when the job is to save itself. Where its
time is over it has SLURM queue the job again, which then goes on from its checkpoint.
"""

import os
import sys
from pathlib import Path

from triceras.config import prepare_hydra
from triceras.runs.stop import handling
from triceras.sweeps import job_record, plan, slurm_queue
from triceras.sweeps.handing import read_handed
from triceras.sweeps.job import LOG, Job, start
from triceras.sweeps.places import THREADS, Place
from triceras.sweeps.session import Session
from triceras.sweeps.supervision import supervise
from triceras.sweeps.worker import Worker

# Sent before the time is over; submitit takes the same.
WARNING = "SIGUSR2"


def handed(folder: Path, session: Session) -> Path:
    """What a job is given, until it has finished: a file for each command, as one may die.

    Args:
        folder: of the job.
        session: of the command that has it queued.
    """
    return folder / f"slurm-{session.path.name}.pickle"


def run_job(sweep: Path, session: Worker, number: int, max_requeues: int) -> None:
    """Runs a job until it is over, or has to stop.

    Args:
        sweep: the folder of the sweep.
        session: of the command that had it queued.
        number: of the job.
        max_requeues: how often it may be queued again.
    """
    (name,) = (job["folder"] for job in plan.read(sweep)["jobs"] if job["job"] == number)
    folder = sweep / name
    with open(handed(folder, session), "rb") as file:
        config, root = read_handed(file)
    threads = os.environ.get("SLURM_CPUS_PER_TASK") or "1"

    def begin(folder: Path, place: Place) -> Job | None:
        job = start(folder, config, root, place, session)
        if job is not None:
            job.record["slurm_job"] = own_id()
            job.write()
        return job

    with handling(sorted({*config.signals, WARNING}), session.handle):
        supervise([folder], [Place(environment=dict.fromkeys(THREADS, threads))], begin, session)
        if job_record.read(folder)["status"] in (job_record.FINISHED, job_record.FAILED):
            handed(folder, session).unlink(missing_ok=True)
        elif session.asked == WARNING and not session.file("stop").exists():
            queue_again(folder, max_requeues)


def queue_again(folder: Path, max_requeues: int) -> None:
    """Has SLURM start this job again.

    Args:
        folder: of the job.
        max_requeues: how often that may be.
    """
    before = int(os.environ.get("SLURM_RESTART_COUNT") or 0)
    if before < max_requeues:
        problem = slurm_queue.requeue(own_id())
        said = f"cannot be queued again: {problem}" if problem else "is queued again"
    else:
        said = f"is not queued again: hydra.launcher.max_requeues={max_requeues}"
    with open(folder / LOG, "a") as log:
        print(f"its time is over, and the job {said}", file=log)


def own_id() -> str:
    """The id of this job as `squeue` shows it, the only one that `scancel` takes for sure."""
    return f"{os.environ['SLURM_ARRAY_JOB_ID']}_{os.environ['SLURM_ARRAY_TASK_ID']}"


if __name__ == "__main__":
    prepare_hydra()
    sweep, session, max_requeues = sys.argv[1:]
    run_job(
        Path(sweep),
        Worker(Path(session)),
        int(os.environ["SLURM_ARRAY_TASK_ID"]),
        int(max_requeues),
    )
