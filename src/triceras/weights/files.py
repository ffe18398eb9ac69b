"""Reads the weights of a run folder or of a file, whatever kind it is. Nothing is unpickled."""

from collections.abc import Callable
from pathlib import Path

import keras

from triceras.errors import UserError, one_line
from triceras.weights.arrays import read_npz, read_safetensors
from triceras.weights.found import Found
from triceras.weights.keras_h5 import read_h5
from triceras.weights.keras_model import read_keras

# The longer ending first.
READERS: dict[str, Callable[[Path, keras.Model], Found]] = {
    ".weights.h5": read_h5,
    ".keras": lambda path, model: read_keras(path),
    ".npz": lambda path, model: read_npz(path),
    ".safetensors": lambda path, model: read_safetensors(path),
}
PICKLES = (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle", ".joblib")


def weights_file(path: str | Path) -> Path:
    """The file that a person means, of a run folder its best checkpoint, or else its last.

    Raises:
        UserError: there is none, or none that is ever read.
    """
    path = Path(path)
    if path.is_dir():
        return checkpoint_of(path)
    if path.suffix in PICKLES:
        raise UserError(
            f"model.weights={path} may be a pickle, which can run any code and is never loaded: "
            "convert it with safetensors.torch.save_file, and give the .safetensors"
        )
    if not path.name.endswith(tuple(READERS)):
        raise UserError(
            f"model.weights={path} is no file of weights that is known: give a run folder or one "
            f"of {', '.join(READERS)}"
        )
    if not path.is_file():
        raise UserError(f"model.weights={path}: there is no such file")
    return path


def checkpoint_of(folder: Path) -> Path:
    """The checkpoint of a run folder that is meant."""
    from triceras.checkpoints.checkpoint_files import BEST, LAST
    from triceras.runs.step_files import step_files

    checkpoints = folder / "checkpoints"
    named = [checkpoints / f"{stem}.npz" for stem in (BEST, LAST)]
    found = [path for path in [*named, *step_files(checkpoints)] if path.is_file()]
    if not found:
        raise UserError(
            f"model.weights={folder} is no run folder with a checkpoint: the last line that a run "
            "prints names its folder"
        )
    return found[0]


def read_weights(path: Path, model: keras.Model) -> Found:
    """Reads a file of weights.

    Args:
        path: what `weights_file` returned.
        model: built, for which they are; it is not changed.

    Raises:
        UserError: it cannot be read.
    """
    reader = next(READERS[ending] for ending in READERS if path.name.endswith(ending))
    try:
        return reader(path, model)
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"model.weights={path} cannot be read: {one_line(error)}") from error
