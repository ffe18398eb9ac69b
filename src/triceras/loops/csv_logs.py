"""Goes on with the files of Keras's `CSVLogger` where a run goes on, which it begins anew."""

import os
from collections.abc import Iterable
from pathlib import Path

import keras

from triceras.runs import record
from triceras.runs.folder import replacing

# In the record of a run: how many bytes each file had of others, to which it adds its own lines.
BEFORE = "csv_logs"


def begin_logs(callbacks: Iterable[keras.callbacks.Callback], folder: Path) -> None:
    """Notes what is of other runs in files to which this one adds, and leaves no more in them.

    Args:
        callbacks: of the run.
        folder: of the run, which may have been stopped before it had a checkpoint, or in its first
            epoch.
    """
    noted = record.read(folder).get(BEFORE, {})
    found = dict(noted)
    for callback in callbacks:
        if isinstance(callback, keras.callbacks.CSVLogger) and callback.append:
            path = Path(callback.filename)
            size = path.stat().st_size if path.exists() else 0
            if found.setdefault(str(path), size) < size:
                os.truncate(path, found[str(path)])
    if found != noted:
        record.update(folder, {BEFORE: found})


def go_on_with_logs(
    callbacks: Iterable[keras.callbacks.Callback], epoch: int, folder: Path
) -> None:
    """Leaves in each file the lines of the epochs before, and has what is to come added to them.

    Args:
        callbacks: of the run.
        epoch: the first that is trained again.
        folder: of the run.
    """
    for callback in callbacks:
        if isinstance(callback, keras.callbacks.CSVLogger):
            path = Path(callback.filename)
            if epoch == 0 and str(path) in record.read(folder).get(BEFORE, {}):
                begin_logs([callback], folder)
            # Where the first epoch is still under way, all that a file has may be of other runs.
            elif path.exists() and not (callback.append and epoch == 0):
                # Its lines end as those of CSV files do, on every system.
                with path.open(newline="") as file:
                    kept = before(file.readlines(), epoch, callback.sep)
                with replacing(path) as new, new.open("w", newline="") as file:
                    file.writelines(kept)
            callback.append = True


def before(lines: list[str], epoch: int, separator: str) -> list[str]:
    """The lines of a file without those of the last run that are of an epoch or a later one.

    Args:
        lines: with their ends.
        epoch: counts from 0.
        separator: between two cells.
    """
    # One that was being written when the process was killed has no end.
    kept = [line for line in lines if line.endswith("\n")]
    later = None
    while kept:
        first = kept[-1].partition(separator)[0]
        # A file may hold runs of before, with epochs of their own.
        if not first.isdigit() or int(first) < epoch or (later is not None and int(first) >= later):
            break
        later = int(first)
        kept.pop()
    return kept
