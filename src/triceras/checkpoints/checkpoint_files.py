"""The files of the folder `checkpoints/`, and which of them a run can go on from.

`step-<steps>.npz`, the whole run after so many steps; `best.npz`, the model at its best epoch;
`last.npz`, the model at the end; and of these two `best.keras` and `last.keras`, for Keras.
"""

import contextlib
import logging
import math
from pathlib import Path

from triceras.checkpoints.seal import DamagedFileError
from triceras.checkpoints.snapshot import Position, Snapshot
from triceras.checkpoints.state_file import read_state, write_state
from triceras.errors import UserError
from triceras.runs.step_files import step_file, step_files
from triceras.words import pasted

log = logging.getLogger(__name__)

BEST, LAST = "best", "last"


def write(path: Path, snapshot: Snapshot) -> None:
    """Writes a checkpoint whole or not at all.

    Raises:
        UserError: the disk did not take it; what was there is untouched.
    """
    try:
        write_state(path, snapshot.arrays, snapshot.document)
    except OSError as error:
        if not path.parent.is_dir():
            raise UserError(
                f"the run folder {path.parent.parent} is gone, deleted under way: nothing more can "
                "be saved there, so the run ends"
            ) from error
        raise UserError(
            f"cannot save the checkpoint {path}: {error.strerror or error}; the last good one is "
            f"untouched; free some space and go on with "
            f"{pasted('resume', str(path.parent.parent))}"
        ) from error


def read(path: Path) -> Snapshot:
    """Reads a checkpoint.

    Raises:
        DamagedFileError: a byte is missing or is not what it was.
        UserError: there is no such file, or another version wrote it.
    """
    return Snapshot(*read_state(path))


def newest(folder: Path) -> tuple[Snapshot, Path] | None:
    """The newest intact checkpoint that a run can go on from, or `None` where there is none yet.

    Each damaged one is named in the log and on the terminal.

    Raises:
        UserError: all are damaged.
    """
    paths = step_files(folder)
    for path in paths:
        try:
            return read(path), path
        except DamagedFileError as error:
            older = "; the one before it is used in its place" if path != paths[-1] else ""
            log.warning(f"{error}{older}")
    if paths:
        raise UserError(
            f"no checkpoint of a whole run in {folder} is intact: put a good copy of one there, or "
            "begin a new run"
        )
    return None


def prune(folder: Path, keep: int, step: int | None = None) -> None:
    """Deletes all but the newest files of whole runs, and what a killed process left half done.

    Args:
        folder: of the checkpoints.
        keep: how many of the newest stay.
        step: of the one that was just written. Those of later steps are of a run that went on
            from an earlier one, as they are damaged.
    """
    paths = step_files(folder)
    later = [p for p in paths if step is not None and p > step_file(folder, step)]
    older = paths[len(later) :][keep:]
    for path in [*later, *older, *folder.glob(".*.npz"), *folder.glob(".*.keras")]:
        path.unlink(missing_ok=True)


def best_of_cut(folder: Path, position: Position) -> float:
    """What is to be beaten by a run that goes on within an epoch.

    Where `max_steps` had cut that epoch, it was validated all the same, and its model may be the
    best so far.

    Args:
        folder: of the checkpoints.
        position: from which the run goes on.

    Returns:
        The value of the best model where it is of that very step; infinity otherwise.
    """
    path = folder / f"{BEST}.npz"
    if not position.step_in_epoch or not path.exists():
        return math.inf
    with contextlib.suppress(UserError):
        found = read(path)
        if found.position.step == position.step:
            return found.document.get("best", math.inf)
    return math.inf
