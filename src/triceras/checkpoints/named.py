"""The checkpoint of a run that a person names, or what there is in its place."""

from pathlib import Path

from triceras.checkpoints import checkpoint_files
from triceras.checkpoints.checkpoint_files import BEST, LAST
from triceras.checkpoints.seal import DamagedFileError
from triceras.checkpoints.snapshot import Snapshot
from triceras.errors import UserError
from triceras.runs.step_files import step_files


def read_named(run: Path, name: str) -> Snapshot:
    """Reads a checkpoint of a run.

    Args:
        run: its folder.
        name: `best`, or `last` for the end or what the run has got to.

    Raises:
        UserError: it is not there, or damaged.
    """
    folder = run / "checkpoints"
    path = folder / f"{name}.npz"
    other = other_than(name, folder)
    if path.exists():
        try:
            return checkpoint_files.read(path)
        except DamagedFileError as error:
            cure = f"use checkpoint={other}, or put" if other else "put"
            raise DamagedFileError(f"{error}; {cure} a good copy of it there") from error
    if name == LAST:
        # The run has not ended, or not well.
        found = checkpoint_files.newest(folder)
        if found is not None:
            return found[0]
    if other:
        raise UserError(f"the run {run} has no checkpoint {name}: use checkpoint={other}")
    raise UserError(
        f"the run {run} has no checkpoints: it ended before the first, saved none, as with "
        "callback=none, or they were deleted; train it anew"
    )


def other_than(name: str, folder: Path) -> str | None:
    """The checkpoint that can be named in the place of one, or `None` where there is none."""
    if name == LAST:
        return BEST if (folder / f"{BEST}.npz").exists() else None
    return LAST if (folder / f"{LAST}.npz").exists() or step_files(folder) else None
