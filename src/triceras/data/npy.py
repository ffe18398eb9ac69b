"""Reads `.npy` files of NumPy, into memory or row by row."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from triceras.data.portable import KEPT, portable
from triceras.data.rows_on_disk import RowsOnDisk
from triceras.errors import UserError, one_line

PIECE = 2**24


def read_npy(path: Path, memory_mb: float, digest: Any) -> Any:
    """Reads an array.

    Args:
        path: the file.
        memory_mb: a larger one, in MiB, stays on disk.
        digest: is told all bytes of the file.

    Returns:
        An array, or `RowsOnDisk`, of the file's own type.

    Raises:
        UserError: it is damaged, or holds Python objects.
    """
    try:
        with open(path, "rb") as file:
            while piece := file.read(PIECE):
                digest.update(piece)
        mapped = np.lib.format.open_memmap(path, mode="r")
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): check its rights") from error
    # NumPy raises whatever a damaged header leads it to.
    except Exception as error:
        if "Array can't be memory-mapped: Python objects" in str(error):
            raise UserError(
                f"{path} holds Python objects, which are never loaded because they can run code: "
                "save it as an array of numbers"
            ) from error
        raise UserError(f"{path} is no .npy file that can be read ({one_line(error)})") from error
    in_rows = mapped.ndim and mapped.flags.c_contiguous and mapped.dtype.kind in "biuf"
    if mapped.nbytes <= memory_mb * 2**20 or not in_rows:
        return np.array(mapped)
    return RowsOnDisk(
        path, int(mapped.offset), mapped.shape[1:], np.arange(len(mapped)), stored=mapped.dtype
    )


def portable_rows(name: str, array: Any) -> Any:
    """Rows on disk that are read in a type that every backend has; an array as it is."""
    if not isinstance(array, RowsOnDisk):
        return array
    dtype, before = array.dtype, array.prepare
    if dtype.name in KEPT and dtype.isnative:
        return array
    return dataclasses.replace(
        array, prepare=lambda rows, numbers: portable(name, before(rows, numbers))
    )
