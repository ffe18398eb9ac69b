"""Arrays of the types that every backend has."""

from typing import Any

import numpy as np

from triceras.errors import UserError

LARGEST = np.iinfo(np.int32)
KEPT = ("bool", "uint8", "int8", "int16", "int32", "float16", "float32")


def portable(name: str, array: Any) -> Any:
    """The same numbers in a type that every backend has.

    JAX would cut 64 bits to 32 without a word, and PyTorch would not.

    Args:
        name: of the part, for messages.
        array: a NumPy array, a list of numbers, or whatever has `shape`, `dtype` and rows by index.

    Returns:
        It, or a copy.

    Raises:
        UserError: it holds no numbers, or whole numbers of more than 32 bits.
    """
    if not hasattr(array, "dtype"):
        array = np.asarray(array)
    dtype = np.dtype(array.dtype)
    if not len(array.shape):
        raise UserError(
            f"the part {name!r} is one number, and no array with a row for each example"
        )
    if dtype.name in KEPT and dtype.isnative:
        return array
    if dtype.kind not in "iuf":
        raise UserError(
            f"the part {name!r} is {dtype.name}, with which no model can compute: make numbers of "
            "it in the data source"
        )
    if not isinstance(array, np.ndarray):
        raise UserError(
            f"the part {name!r} is read as {dtype.name}, and not every backend has that: give "
            f"{'float32' if dtype.kind == 'f' else 'int32'}"
        )
    if dtype.name in KEPT:
        return array.astype(dtype.newbyteorder("="))
    if dtype.kind == "f":
        return array.astype(np.float32)
    if is_too_long(array):
        raise UserError(
            f"the part {name!r} has whole numbers from {array.min()} to {array.max()}, and not "
            "every backend has more than 32 bits: number them anew in the data source"
        )
    return array.astype(np.int32)


def is_too_long(array: Any) -> bool:
    """Whether an array has whole numbers of more than 32 bits."""
    if np.dtype(array.dtype).kind not in "iu" or np.dtype(array.dtype).name in KEPT:
        return False
    values = np.asarray(array)
    return bool(values.size and (values.min() < LARGEST.min or values.max() > LARGEST.max))
