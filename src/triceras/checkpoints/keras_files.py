"""Keras's own files, `.keras`: the model alone.

They are sealed, and Keras reads them none the less, once the modules of the classes in them are
imported.
"""

import importlib
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import keras

from triceras.checkpoints.seal import check_seal, seal_file
from triceras.config import ROOT
from triceras.errors import UserError, one_line
from triceras.modelling.spectral_normalization import normalized_kernels
from triceras.runs.folder import replacing

# What a .keras file may have imported: code that lies in the project itself.
SOURCE = ROOT / "src"


class NotForKerasError(UserError):
    """Keras cannot save a model as it is written."""


def save(model: keras.Model, path: Path) -> None:
    """Saves a model whole or not at all.

    Raises:
        NotForKerasError: Keras cannot write it, for want of a `get_config` for example.
        UserError: the disk did not take it; the previous file is untouched.
    """
    try:
        with replacing(path) as temporary:
            with normalized_kernels(model):
                model.save(temporary)
            seal_file(temporary)
    except OSError as error:
        raise full_disk(path, error) from error
    except Exception as error:
        raise NotForKerasError(f"Keras cannot save {path}: {one_line(error)}") from error


def copy(source: Path, path: Path) -> None:
    """Copies a file that `save` wrote, whole or not at all: it is sealed by its content alone.

    Raises:
        UserError: the disk did not take it; the previous file is untouched.
    """
    try:
        with replacing(path) as temporary:
            shutil.copyfile(source, temporary)
    except OSError as error:
        raise full_disk(path, error) from error


def full_disk(path: Path, error: OSError) -> UserError:
    """What is to be told of a file that the disk did not take."""
    return UserError(
        f"cannot save the checkpoint {path}: {error.strerror or error}; the last good one is "
        "untouched; free some space and start again"
    )


def load(path: str | Path) -> keras.Model:
    """Loads a model that `save` wrote.

    Layers, models and losses of this project are known to Keras from then on. Its safe mode stays
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
        register_classes(path)
        return keras.saving.load_model(path, safe_mode=True)
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"the checkpoint {path} cannot be read: {one_line(error)!r}") from error


def register_classes(path: Path) -> None:
    """Imports the modules of the project whose classes a file names, so that Keras finds them."""
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
    for module in sorted(set(modules_named(config))):
        if (SOURCE / f"{module.replace('.', '/')}.py").is_file():
            importlib.import_module(module)


def modules_named(config: Any) -> Iterator[str]:
    """The modules that a serialized object and those within it come from."""
    if isinstance(config, dict):
        if isinstance(config.get("module"), str):
            yield config["module"]
        config = list(config.values())
    if isinstance(config, list):
        for value in config:
            yield from modules_named(value)


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
