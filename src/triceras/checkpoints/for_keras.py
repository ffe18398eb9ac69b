"""The model of a run in Keras's own files, beside its checkpoints."""

import logging
from pathlib import Path
from typing import Any

from triceras.checkpoints import keras_files, snapshot
from triceras.checkpoints.checkpoint_files import BEST, LAST, newest, read
from triceras.checkpoints.lost_constants import tell_lost

log = logging.getLogger(__name__)


def save_file(model: Any, folder: Path, stem: str) -> bool:
    """Writes a model as it is; says so where Keras's format cannot hold it.

    Args:
        model: compiled and built.
        folder: of the run's checkpoints.
        stem: the file's name without its ending.

    Returns:
        Whether it is written.
    """
    try:
        keras_files.save(model, folder / f"{stem}.keras")
        tell_lost(model, folder / f"{stem}.keras")
    except keras_files.NotForKerasError as error:
        log.warning(f"{error}; {stem}.npz is there for evaluate.py all the same")
        return False
    return True


def save_best(model: Any, folder: Path, last_is_saved: bool) -> None:
    """Writes the best model, where there is one; what it is given stays as it is.

    Args:
        model: compiled and built.
        folder: of the run's checkpoints.
        last_is_saved: whether the file of the model as it is has been written.
    """
    path = folder / f"{BEST}.npz"
    if not path.exists():
        return
    now = snapshot.take_model(model)
    try:
        snapshot.give_model(model, read(path))
        if last_is_saved and snapshot.is_model(model, now):
            keras_files.copy(folder / f"{LAST}.keras", folder / f"{BEST}.keras")
        else:
            save_file(model, folder, BEST)
    finally:
        snapshot.give_model(model, now)


def save_what_is_left(model: Any, folder: Path) -> None:
    """Writes the last model that was saved, and the best, after a run that failed.

    Args:
        model: compiled and built; it is given what is written.
        folder: of the run's checkpoints.
    """
    saved = False
    last = folder / f"{LAST}.npz"
    if last.exists():
        # It was trained to the end, and failed later.
        snapshot.give_model(model, read(last))
        saved = save_file(model, folder, LAST)
    elif found := newest(folder):
        # Keras's `fit` on JAX leaves variables of all kinds without a value where it fails.
        snapshot.give(model, [], found[0])
        saved = save_file(model, folder, LAST)
    save_best(model, folder, saved)
