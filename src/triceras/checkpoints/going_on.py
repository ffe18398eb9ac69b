"""Where a run begins: at its start, or at the checkpoint that it goes on from."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from triceras.checkpoints import checkpoint_files
from triceras.checkpoints.checkpoints import Checkpoints
from triceras.checkpoints.no_checkpoints import NoCheckpoints
from triceras.checkpoints.snapshot import Position, Snapshot
from triceras.errors import UserError, one_line
from triceras.runs import record
from triceras.runs.stop import Interrupted
from triceras.tracking.csv_files import numbers

log = logging.getLogger(__name__)


def go_on(folder: Path, callbacks: Mapping[str, Any]) -> Snapshot | None:
    """What a run goes on from, noted in `run.json`; `None` for a new run.

    A run that was resumed and keeps no checkpoints, or ended before its first one, begins again in
    its folder.

    Args:
        folder: the run folder.
        callbacks: `config.callback` of the run.

    Raises:
        UserError: its checkpoints are damaged or gone, so that what it has recorded would be
            written over.
    """
    run = record.read(folder)
    if run["resumed_from"] is None:
        return None
    found = checkpoint_files.newest(folder / "checkpoints")
    if found is None and saves(callbacks) and (steps := numbers(folder / "steps.csv")):
        # One is saved before the first step.
        raise UserError(
            f"the run {folder} has recorded step {steps[-1]}, and {folder / 'checkpoints'} has no "
            "checkpoint of a whole run any more: put one back there, or begin a new run without "
            "resume= (for resume=auto, take the folder away)"
        )
    position = found[0].position if found else Position()
    came_from = {
        "checkpoint": str(found[1].relative_to(folder)) if found else None,
        "step": position.step,
        "epoch": position.epoch,
        "at": record.now(),
        "backend": found[0].document["backend"] if found else None,
    }
    record.update(
        folder,
        {"resumed_from": came_from, "resumptions": [*run.get("resumptions", []), came_from]},
    )
    where = f"resumed after step {position.step}" if found else "without a checkpoint: begins again"
    print(where, flush=True)
    log.info(f"{where} from {came_from['checkpoint']}" if found else where)
    return found[0] if found else None


def saves(callbacks: Mapping[str, Any]) -> bool:
    """Whether one of the callbacks of a configuration keeps checkpoints."""
    targets = (str(each.get("_target_")) for each in callbacks.values() if each)
    return any(target.rpartition(".")[2] == Checkpoints.__name__ for target in targets)


def planned_steps(folder: Path, total_steps: int) -> int:
    """How many steps the run was expected to take when it began on its backend.

    An engine chooses its compiler by it, and a run that goes on must go on with the same program.
    What another backend began has none of this one, and is chosen for by the steps that are left.

    Args:
        folder: the run folder.
        total_steps: how many it is expected to take now.
    """
    run = record.read(folder)
    came_from = run.get("resumed_from") or {}
    if (other := came_from.get("backend")) and other != run["backend"]:
        planned = max(1, total_steps - came_from["step"])
    else:
        planned = run.get("planned_steps", total_steps)
    if planned != run.get("planned_steps"):
        record.update(folder, {"planned_steps": planned})
    return planned


@contextmanager
def leaving_keras_files(checkpoints: Checkpoints | NoCheckpoints) -> Iterator[None]:
    """Leaves Keras's files of what was saved where a run ends early and that can be done.

    After a second Ctrl-C it does not: someone is in a hurry. What ended the run is what is raised,
    whatever goes wrong here.
    """
    try:
        yield
    except (Interrupted, Exception):
        try:
            checkpoints.end_early()
        except Exception as error:
            log.warning(f"no .keras files: {one_line(error)}")
        raise
