"""Reads folders of IDX files, the format in which MNIST was published."""

import gzip
import hashlib
import math
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from triceras.data.checks import checked_split
from triceras.data.rows_on_disk import RowsOnDisk
from triceras.data.source import Source
from triceras.errors import UserError

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
UNSIGNED_BYTE = 8
PART = 2**24


def read(folder: Path, memory_mb: float = math.inf) -> Source:
    """Reads MNIST's four files, each plain or with the ending `.gz`.

    Args:
        folder: where they are.
        memory_mb: plain files of images that are larger, in MiB, stay on disk.

    Returns:
        A `Source` of images of shape `(n, 28, 28)`.

    Raises:
        UserError: a file is missing, damaged or something else.

    Reference:
        The format is described at the end of [LeCun, Cortes and Burges, The MNIST database](
        http://yann.lecun.com/exdb/mnist/).
    """
    where = f"data.path={folder}"
    try:
        paths = [_find(folder, name) for name in FILES]
    except OSError as error:
        raise UserError(f"{where} cannot be read ({error.strerror}): check its rights") from error
    missing = [name for name, path in zip(FILES, paths, strict=True) if path is None]
    if missing:
        raise UserError(
            f"{where} is a folder without {', '.join(missing)} (or the same with .gz): "
            "put the files there, or give an .npz file"
        )
    digest = hashlib.sha256()
    arrays = []
    for path, dimensions in zip(paths, (3, 1, 3, 1), strict=True):
        assert path is not None
        try:
            size = path.stat().st_size
            if dimensions == 3 and path.suffix != ".gz" and size > memory_mb * 2**20:
                arrays.append(_leave_on_disk(path, size, digest))
                continue
            content = path.read_bytes()
        except OSError as error:
            raise UserError(
                f"{path} cannot be read ({error.strerror}): check its rights"
            ) from error
        digest.update(content)
        arrays.append(_parse(content, dimensions, path))
    train_x, train_y, test_x, test_y = arrays
    return Source(
        train=checked_split(train_x, train_y, (FILES[0], FILES[1]), where),
        test=checked_split(test_x, test_y, (FILES[2], FILES[3]), where),
        sha256=digest.hexdigest(),
    )


def _find(folder: Path, name: str) -> Path | None:
    candidates = (folder / name, folder / f"{name}.gz")
    return next((path for path in candidates if path.is_file()), None)


def _parse(content: bytes, dimensions: int, path: Path) -> np.ndarray:
    again = "copy or download it again"
    if path.suffix == ".gz":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise UserError(f"{path} is damaged or incomplete: {again}") from error
    shape = _shape(content, len(content), dimensions, path)
    return np.frombuffer(content, np.uint8, offset=_header(dimensions)).reshape(shape)


def _leave_on_disk(path: Path, size: int, digest: Any) -> RowsOnDisk:
    with open(path, "rb") as file:
        count, *row_shape = _shape(file.read(_header(3)), size, 3, path)
        file.seek(0)
        while part := file.read(PART):
            digest.update(part)
    return RowsOnDisk(path, _header(3), tuple(row_shape), np.arange(count))


def _header(dimensions: int) -> int:
    return 4 + 4 * dimensions


def _shape(start: bytes, file_size: int, dimensions: int, path: Path) -> list[int]:
    again = "copy or download it again"
    header = _header(dimensions)
    if file_size < header:
        raise UserError(f"{path} is incomplete, {file_size} bytes: {again}")
    magic, *shape = struct.unpack(f">{1 + dimensions}I", start[:header])
    wanted = UNSIGNED_BYTE << 8 | dimensions
    if magic != wanted:
        raise UserError(
            f"{path} is not an IDX file of {dimensions} dimensions of bytes: it starts with "
            f"{magic:#010x}, wanted is {wanted:#010x}; {again}"
        )
    size = math.prod(shape)
    if size == 0:
        raise UserError(f"{path} is empty, of shape {tuple(shape)}: {again}")
    if file_size - header != size:
        raise UserError(
            f"{path} is damaged or incomplete: it announces {size} bytes of data and has "
            f"{file_size - header}; {again}"
        )
    return shape
