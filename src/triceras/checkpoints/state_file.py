"""One file of named arrays and a document, whose every byte a checksum covers.

The file is an ordinary `.npz` that `numpy.load` opens: a zip archive of `.npy` arrays, one of
which, `document`, is JSON, and it is sealed. Nothing in it is pickled, and nothing is ever unpacked
to disk.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from triceras.checkpoints.seal import PLACE, check_seal, sealed
from triceras.errors import UserError
from triceras.runs.folder import replacing

VERSION = 1
DOCUMENT = "document"
# Arrays of these kinds are written as they are; others, such as bfloat16, as unsigned integers.
NATIVE_KINDS = "biufc"


def write_state(path: Path, arrays: Mapping[str, np.ndarray], document: Mapping[str, Any]) -> None:
    """Writes a file whole or not at all.

    Args:
        path: where to; what is there is replaced.
        arrays: by name, of any shape and any type that is not `object`.
        document: what JSON can hold.

    Raises:
        OSError: the disk did not take it; what was there is untouched.
    """
    content = encoded(arrays, document)
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def encoded(arrays: Mapping[str, np.ndarray], document: Mapping[str, Any]) -> bytes:
    """The bytes of a state file."""
    types = {name: str(array.dtype) for name, array in arrays.items()}
    text = json.dumps({"version": VERSION, "types": types, "content": document})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        everything = {DOCUMENT: np.frombuffer(text.encode(), "uint8"), **arrays}
        for name, array in everything.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, as_native(array), allow_pickle=False)
        archive.comment = PLACE
    return sealed(buffer.getbuffer())


def read_state(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Reads what `write_state` wrote.

    Returns:
        The arrays by name, and the document.

    Raises:
        DamagedFileError: a byte is missing or is not what it was.
        UserError: there is no such file, or another version wrote it.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    check_seal(content, path)
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    document = json.loads(arrays.pop(DOCUMENT).tobytes())
    if document["version"] != VERSION:
        raise UserError(
            f"{path} has version {document['version']} of the format, and this Triceras reads "
            f"{VERSION}: use the one that wrote it"
        )
    types = document["types"]
    return {k: as_type(v, types[k]) for k, v in arrays.items()}, document["content"]


def as_native(array: np.ndarray) -> np.ndarray:
    """An array of a type that every NumPy knows, with the same bits."""
    if array.dtype.kind in NATIVE_KINDS:
        return array
    return array.view(f"uint{8 * array.dtype.itemsize}")


def as_type(array: np.ndarray, name: str) -> np.ndarray:
    """Undoes `as_native`."""
    if str(array.dtype) == name:
        return array
    # It knows bfloat16 and its like; every backend brings it.
    import ml_dtypes

    return array.view(np.dtype(getattr(ml_dtypes, name)))
