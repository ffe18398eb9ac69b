"""Reads `.npz` files of NumPy, without ever loading a pickle."""

import hashlib
import io
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from triceras.data.checks import checked_split
from triceras.data.source import Source
from triceras.errors import UserError

# Bytes that are unpacked at a time.
PIECE = 2**22
# Bytes, of which NumPy reads no more than 10,000 for the header of an array.
LONGEST_HEADER = 2**14
HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
NAMES = ("x_train", "y_train", "x_test", "y_test")


def read(path: Path) -> Source:
    """Reads a file with the arrays x_train, y_train, x_test and y_test.

    Args:
        path: the file.

    Returns:
        A `Source` of images of shape `(n, 28, 28)`.

    Raises:
        UserError: it is not such a file.
    """
    where = f"data.path={path}"
    content = content_of(path, where)
    if not content.startswith(b"PK"):
        raise UserError(
            f"{where} is not an .npz file: give an .npz file with {', '.join(NAMES)}, or the "
            "folder of the four IDX files"
        )
    arrays = _arrays(content, where)
    return Source(
        train=checked_split(arrays["x_train"], arrays["y_train"], ("x_train", "y_train"), where),
        test=checked_split(arrays["x_test"], arrays["y_test"], ("x_test", "y_test"), where),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def content_of(path: Path, where: str) -> bytes:
    """The bytes of a file that should hold some.

    Args:
        path: the file.
        where: it, at the start of each message.

    Raises:
        UserError: it cannot be read, or is empty.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{where} cannot be read ({error.strerror}): check its rights") from error
    if not content:
        raise UserError(f"{where} is empty: copy or download it again")
    return content


def arrays_of(content: bytes, where: str) -> dict[str, np.ndarray]:
    """All arrays of the bytes of an `.npz` file.

    Raises:
        UserError: it is damaged, or an array of it is none.
    """
    archive = _archive(content, where)
    return {name: _array(archive, name, where) for name in archive.files}


def _archive(content: bytes, where: str) -> np.lib.npyio.NpzFile:
    try:
        archive = np.load(io.BytesIO(content), allow_pickle=False)
        # Asked for, as what is no archive has none.
        _ = archive.files
    # Damaged bytes make NumPy raise a dozen unrelated errors, from TypeError to zlib.error.
    except Exception as error:
        raise UserError(f"{where} is damaged or incomplete: copy or download it again") from error
    return archive


def _arrays(content: bytes, where: str) -> dict[str, np.ndarray]:
    archive = _archive(content, where)
    there = archive.files
    missing = [name for name in NAMES if name not in there]
    if missing:
        # Escaped, because a name in a damaged file can hold a line break.
        found = ", ".join(ascii(name)[1:-1] for name in there) or "nothing"
        raise UserError(
            f"{where} has no {', '.join(missing)}; it has {found}: name its arrays "
            f"{', '.join(NAMES)}"
        )
    return {name: _array(archive, name, where) for name in NAMES}


def _array(archive: np.lib.npyio.NpzFile, name: str, where: str) -> np.ndarray:
    try:
        array = _unpacked(archive, name)
    except Exception as error:
        if "Object arrays" in str(error):
            raise UserError(
                f"{where}: {name} holds Python objects, which are never loaded because they can "
                "run code: save it as an array of numbers"
            ) from error
        raise UserError(
            f"{where} is damaged or incomplete at {name}: copy or download it again"
        ) from error
    if array is None:
        raise UserError(f"{where}: {name} is not an array: make the file with numpy.savez")
    return array


def _unpacked(archive: np.lib.npyio.NpzFile, name: str) -> np.ndarray | None:
    """One array; `None` of a member that does not start like one.

    NumPy would unpack it in small pieces, after each of which a thread waits for its turn, and this
    may be one that reads while Keras is imported.
    """
    members: Any = archive.zip
    found = members.getinfo(f"{name}.npy" if f"{name}.npy" in members.namelist() else name)
    content, stop = np.empty(found.file_size, "uint8"), 0
    with members.open(found) as member:
        while length := member.readinto(content[stop : stop + PIECE]):
            stop += length
    if stop < len(content):
        raise ValueError("less than it says")
    file = io.BytesIO(content[:LONGEST_HEADER].tobytes())
    if file.read(len(npy.MAGIC_PREFIX)) != npy.MAGIC_PREFIX:
        return None
    file.seek(0)
    read_header = HEADERS.get(npy.read_magic(file))
    if read_header is not None:
        shape, in_fortran_order, dtype = read_header(file)
        if not dtype.hasobject and math.prod(shape) * dtype.itemsize > 0:
            flat = np.frombuffer(content, dtype, math.prod(shape), file.tell())
            return flat.reshape(shape, order="F" if in_fortran_order else "C")
    return np.load(io.BytesIO(content.tobytes()), allow_pickle=False)
