"""Finds out what `data.path` names, and reads it."""

import math
import stat
from pathlib import Path

from triceras.data import idx, npz
from triceras.data.source import Source
from triceras.errors import UserError


def read(path: str, memory_mb: float = math.inf) -> Source:
    """Reads an `.npz` file or a folder of IDX files.

    Args:
        path: the file or folder; `~` is the home folder.
        memory_mb: uncompressed IDX files that are larger, in MiB, stay on disk.

    Returns:
        A `Source` of images of shape `(n, 28, 28)`.

    Raises:
        UserError: there is no such file, or it is not one of these.
    """
    where = f"data.path={path}"
    wanted = f"give an .npz file with {', '.join(npz.NAMES)}, or a folder of IDX files"
    if not str(path):
        raise UserError(f"data.path is empty: {wanted}")
    # A line break in a name would break every later message in two.
    if not str(path).isprintable():
        raise UserError(f"data.path={path!r} holds unprintable characters: rename it, or {wanted}")
    try:
        location = Path(str(path)).expanduser()
        mode = location.stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError(f"{where} does not exist: check its spelling, or {wanted}") from error
    except (OSError, RuntimeError, ValueError) as error:
        raise UserError(f"{where} cannot be read ({error}): {wanted}") from error
    if stat.S_ISDIR(mode):
        return idx.read(location, memory_mb)
    # Reading a pipe or a device could wait for ever.
    if not stat.S_ISREG(mode):
        raise UserError(f"{where} is not a regular file: {wanted}")
    return npz.read(location)
