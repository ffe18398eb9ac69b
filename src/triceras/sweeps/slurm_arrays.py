"""Arrays of jobs that stay in SLURM's queue where the command that had them queued has died."""

from pathlib import Path

from triceras.runs.lock import is_locked
from triceras.sweeps import job_record, slurm_queue
from triceras.sweeps.session import FOLDER, Session
from triceras.sweeps.slurm_job import handed

# Within the folder of what SLURM says of the jobs: a command and its array a line.
FILE = "arrays"


def note(logs: Path, session: Session, array: str) -> None:
    """Writes down that a command has an array queued."""
    with open(logs / FILE, "a") as file:
        print(session.path.name, array, file=file)


def take_over(logs: Path, folders: list[Path]) -> list[str]:
    """Takes the jobs out of the queue that wait there for a command that has died.

    The command that takes them over has them queued itself, so that they hear of it.

    Args:
        logs: the folder of what SLURM says of the jobs of a sweep.
        folders: of the jobs that the command has queued.

    Returns:
        The arrays, of which jobs may run.
    """
    path, sessions = logs / FILE, logs.parent / FOLDER
    lines = path.read_text().splitlines() if path.is_file() else []
    arrays = []
    for name, array in map(str.split, lines):
        if is_locked(sessions / name):
            continue
        arrays.append(array)
        slurm_queue.cancel(array, f"--state={slurm_queue.PENDING}")
        for folder in folders:
            if not is_locked(folder / job_record.LOCK):
                handed(folder, Session(sessions / name)).unlink(missing_ok=True)
    return arrays
