"""Goes on with the files of Keras's `CSVLogger` where a run goes on, which it begins anew."""

from collections.abc import Iterable
from pathlib import Path

import keras

from triceras.runs.folder import replacing


def go_on_with_logs(callbacks: Iterable[keras.callbacks.Callback], epoch: int) -> None:
    """Leaves in each file the lines of the epochs before, and has what is to come added to them.

    Args:
        callbacks: of the run.
        epoch: the first that is trained again.
    """
    for callback in callbacks:
        if isinstance(callback, keras.callbacks.CSVLogger):
            callback.append = True
            path = Path(callback.filename)
            if path.exists():
                lines = path.read_text().splitlines(keepends=True)
                kept = before(lines, epoch, callback.sep)
                with replacing(path) as new:
                    new.write_text("".join(kept))


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
