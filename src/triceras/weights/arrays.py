"""Weights in files of named arrays: `.npz`, a checkpoint among them, and `.safetensors`."""

from pathlib import Path

import numpy as np

from triceras.errors import UserError
from triceras.weights.found import Found

# What Keras calls the counter of a random generator, which is none of the weights.
COUNTER = "seed_generator_state"


def read_npz(path: Path) -> Found:
    """Reads a checkpoint of a run, or arrays that anyone named like weights."""
    from triceras.checkpoints.state_file import DOCUMENT

    with np.load(path, allow_pickle=False) as archive:
        if DOCUMENT not in archive.files:
            check_members(archive, path)
            arrays = {name: archive[name] for name in archive.files}
            return Found([slashed(name) for name in arrays], list(arrays.values()), ordered=False)
    return read_checkpoint(path)


def check_members(archive: np.lib.npyio.NpzFile, path: Path) -> None:
    """Checks that no array is a pickle.

    Raises:
        UserError: one is.
    """
    for name in archive.files:
        try:
            archive[name]
        except ValueError as error:
            raise UserError(
                f"model.weights={path}: {name} holds Python objects, which are never loaded: save "
                "arrays of numbers"
            ) from error


def read_checkpoint(path: Path) -> Found:
    """Reads what a run saved, on whatever backend."""
    from triceras.checkpoints.checkpoint_files import read
    from triceras.checkpoints.snapshot import MODEL

    snapshot = read(path)
    paths = snapshot.document["variables"][MODEL]
    places = [i for i, name in enumerate(paths) if not name.endswith(COUNTER)]
    arrays = [snapshot.arrays[f"{MODEL}/{i:05d}"] for i in places]
    return Found([paths[i] for i in places], arrays, ordered=True)


def read_safetensors(path: Path) -> Found:
    """Reads named tensors.

    Raises:
        UserError: the package that reads them is not here.
    """
    try:
        from safetensors.numpy import load_file
    except ImportError as error:
        raise UserError(
            f"model.weights={path} needs the package safetensors: pip install safetensors"
        ) from error
    arrays = load_file(path)
    return Found([slashed(name) for name in arrays], list(arrays.values()), ordered=False)


def slashed(name: str) -> str:
    """A name whose parts are divided by slashes, where it has dots in their place."""
    return name if "/" in name else name.replace(".", "/")
