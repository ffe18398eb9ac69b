"""Keras's own files, `.keras`: the model alone.

They are sealed, and Keras reads them none the less, once the modules of the classes in them are
imported.
"""

import importlib
import pkgutil
import zipfile
from pathlib import Path, PurePosixPath

import keras

from triceras import layers, models, objectives
from triceras.errors import UserError, one_line
from triceras.runs.folder import replacing
from triceras.runs.seal import check_seal, seal_file


def save(model: keras.Model, path: Path) -> None:
    """Saves a model whole or not at all.

    Raises:
        UserError: the disk did not take it; the previous file is untouched.
    """
    try:
        with replacing(path) as temporary:
            model.save(temporary)
            seal_file(temporary)
    except OSError as error:
        raise UserError(
            f"cannot save the checkpoint {path}: {error.strerror or error}; the last good one is "
            "untouched; free some space and start again"
        ) from error


def load(path: str | Path) -> keras.Model:
    """Loads a model that `save` wrote.

    Layers, models and losses of this package are known to Keras from then on. Its safe mode stays
    on: code that a file brings along is never run.

    Raises:
        UserError: the file is missing or damaged, was not written by `save`, or holds paths that
            lead out of it.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"there is no checkpoint {path}")
    try:
        check_seal(path.read_bytes(), path)
        check_paths(path)
        register_classes()
        return keras.saving.load_model(path, safe_mode=True)
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"the checkpoint {path} cannot be read: {one_line(error)!r}") from error


def register_classes() -> None:
    """Imports all modules that have classes which a file may name, so that Keras finds them."""
    for package in (layers, models, objectives):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)


def check_paths(path: Path) -> None:
    """Checks that nothing in an archive would be unpacked outside of its folder.

    Raises:
        UserError: something would.
    """
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            parts = PurePosixPath(name.replace("\\", "/"))
            if parts.is_absolute() or ".." in parts.parts or ":" in name:
                raise UserError(f"{path} is not to be trusted: it holds the path {name!r}")
