"""Reads folders of IDX files, the format in which MNIST was published."""

import gzip
import hashlib
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from triceras.data.checks import checked_split
from triceras.data.source import Source
from triceras.errors import UserError

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
UNSIGNED_BYTE = 8


def read(folder: Path) -> Source:
    """Reads MNIST's four files, each plain or with the ending `.gz`.

    Args:
        folder: where they are.

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
    header = 4 + 4 * dimensions
    if len(content) < header:
        raise UserError(f"{path} is incomplete, {len(content)} bytes: {again}")
    magic, *shape = struct.unpack(f">{1 + dimensions}I", content[:header])
    wanted = UNSIGNED_BYTE << 8 | dimensions
    if magic != wanted:
        raise UserError(
            f"{path} is not an IDX file of {dimensions} dimensions of bytes: it starts with "
            f"{magic:#010x}, wanted is {wanted:#010x}; {again}"
        )
    size = math.prod(shape)
    if size == 0:
        raise UserError(f"{path} is empty, of shape {tuple(shape)}: {again}")
    if len(content) - header != size:
        raise UserError(
            f"{path} is damaged or incomplete: it announces {size} bytes of data and has "
            f"{len(content) - header}; {again}"
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)
