"""Whether two arrays are one and the same, bit for bit."""

import zlib

import numpy as np

# Of arrays of more bytes a checksum stands for these.
LARGE = 2**20


def same_bits(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two arrays have the same type, shape and bits; NaN is equal to itself."""
    same = one.dtype == other.dtype and one.shape == other.shape
    return same and one.tobytes() == other.tobytes()


def bits_of(array: np.ndarray) -> bytes | int:
    """What is equal for equal bits; of a large array a checksum of them."""
    if array.nbytes > LARGE and not array.dtype.hasobject:
        return zlib.crc32(as_bytes(array))
    return array.tobytes()


def as_bytes(array: np.ndarray) -> memoryview:
    """The bytes of an array, not copied where they lie in a row."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
