"""Reads named arrays from a file or a folder that a person has, and never a pickle."""

import hashlib
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from triceras.data import tables
from triceras.data.npy import read_npy
from triceras.data.npz import arrays_of, content_of
from triceras.errors import UserError

WANTED = "give an .npz file, a folder of .npy files, or a table that ends in .csv, .tsv or .parquet"
OF_A_SPLIT = re.compile(r"(?P<part>.+)_(?P<split>train|validation|test)")


def read(
    path: Any, columns: tables.Columns | None, memory_mb: float = math.inf
) -> tuple[dict[str, Any], str]:
    """Reads what is there.

    Args:
        path: the file or folder; `~` is the home folder.
        columns: of a table; see `triceras.data.tables.read`.
        memory_mb: arrays of a folder that are larger, in MiB, stay on disk.

    Returns:
        Arrays by name, and the SHA-256 of the file, or of a folder's files one after the other in
        the order of their names.

    Raises:
        UserError: it is nothing of the kind.
    """
    where = f"data.path={path}"
    if not path or not str(path).isprintable():
        raise UserError(f"data.path={str(path)!r} is no path: {WANTED}")
    try:
        location = Path(str(path)).expanduser()
        folder, file = location.is_dir(), location.is_file()
    except (OSError, RuntimeError, ValueError) as error:
        raise UserError(f"{where} cannot be read ({error}): {WANTED}") from error
    if not (folder or file):
        exists = location.exists()
        said = "is not a regular file" if exists else "does not exist: check its spelling, or"
        raise UserError(f"{where} {said}{':' if exists else ''} {WANTED}")
    is_table = file and tables.is_table(location)
    if columns and not is_table:
        raise UserError(f"data.parts says which columns of a table are a part, and {where} is none")
    if folder:
        return read_folder(location, where, memory_mb)
    if is_table:
        arrays, content = tables.read(location, columns, where)
    else:
        content = content_of(location, where)
        if not content.startswith(b"PK"):
            raise UserError(f"{where} is none of the files that can be read: {WANTED}")
        arrays = arrays_of(content, where)
        if not arrays:
            raise UserError(f"{where} holds no array")
    return arrays, hashlib.sha256(content).hexdigest()


def read_folder(folder: Path, where: str, memory_mb: float) -> tuple[dict[str, Any], str]:
    """The arrays of a folder's `.npy` files, by their names."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".npy")
    except OSError as error:
        raise UserError(f"{where} cannot be read ({error.strerror}): check its rights") from error
    if not paths:
        raise UserError(f"{where} is a folder without .npy files: {WANTED}")
    digest = hashlib.sha256()
    return {path.stem: read_npy(path, memory_mb, digest) for path in paths}, digest.hexdigest()


def by_split(arrays: Mapping[str, Any], where: str) -> dict[str, dict[str, Any]]:
    """Arrays by split and part, where their names end in `_train`, `_validation` and `_test`.

    Args:
        arrays: by name.
        where: what holds them, for messages.

    Returns:
        By split, for example `train`; arrays without such names are all of `train`.

    Raises:
        UserError: some have such names and some have none, or there are none to train on.
    """
    matched = {name: OF_A_SPLIT.fullmatch(name) for name in arrays}
    if not any(matched.values()):
        return {"train": dict(arrays)}
    plain = [name for name, match in matched.items() if not match]
    if plain:
        other = next(name for name, match in matched.items() if match)
        raise UserError(
            f"{where} has {other}, of one split, and {plain[0]}, of none: name all arrays "
            "<part>_train, <part>_validation and <part>_test, or none"
        )
    found: dict[str, dict[str, Any]] = {}
    for name, match in matched.items():
        assert match
        found.setdefault(match["split"], {})[match["part"]] = arrays[name]
    if "train" not in found:
        raise UserError(
            f"{where} has {', '.join(arrays)}, and nothing to train on: add <part>_train"
        )
    return found
