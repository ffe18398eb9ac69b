"""Arrays of jobs that stay in SLURM's queue where the command that had them queued has died."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from triceras.runs.lock import is_locked
from triceras.sweeps import job_record, slurm_queue
from triceras.sweeps.session import FOLDER, Session
from triceras.sweeps.slurm_job import handed

# In the folder of what SLURM says of the jobs, a file for each array, which names its command.
SUFFIX = ".array"


@contextlib.contextmanager
def noted(logs: Path, session: Session, arrays: Sequence[str]) -> Iterator[None]:
    """Has files say that arrays are a command's, for as long as it waits for them."""
    paths = [logs / f"{array}{SUFFIX}" for array in arrays]
    for path in paths:
        path.write_text(session.path.name)
    try:
        yield
    finally:
        for path in paths:
            path.unlink(missing_ok=True)


def take_over(logs: Path, folders: Sequence[Path]) -> list[str]:
    """Takes the jobs out of the queue that wait there for a command that has died.

    The command that takes them over has them queued itself, so that they hear of it.

    Args:
        logs: the folder of what SLURM says of the jobs of a sweep.
        folders: of the jobs that the command has queued.

    Returns:
        The arrays, of which jobs may run.
    """
    arrays = []
    for path in logs.glob(f"*{SUFFIX}"):
        session = Session(logs.parent / FOLDER / path.read_text())
        if is_locked(session.path):
            continue
        arrays.append(path.stem)
        slurm_queue.cancel(path.stem, f"--state={slurm_queue.PENDING}")
        for folder in folders:
            if not is_locked(folder / job_record.LOCK):
                handed(folder, session).unlink(missing_ok=True)
    return arrays
