"""A number for each row, equal for rows that are equal, whatever file they come from."""

from collections.abc import Iterator, Sequence

import numpy as np

from triceras.data.bucketed_split import BucketedSplit
from triceras.data.dataset import Split
from triceras.data.rows_on_disk import RowsOnDisk
from triceras.data.stream_split import StreamSplit

# Rows that are looked at: of those in memory, or read as they lie on a disk, and of those that a
# source makes, which may take long.
SOME, SOME_MADE = 4096, 64
# Of such that are evaluated, and so made anyway.
MOST_MADE = 1024
# Bytes of those that are read, and how many are looked at at once: few are fast.
MOST_BYTES, AT_ONCE = 2**24, 2**20


def row_hashes(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Hashes rows.

    Zeros at the end of a row count for nothing, so that a row which is filled up is still the same;
    nor does it count whether whole numbers have 32 bits or 64.

    Args:
        parts: arrays `(n, ...)` of numbers.

    Returns:
        Whole numbers `(n,)`, uint64.

    Reference:
        Multilinear hashing, Carter and Wegman, Universal classes of hash functions (1979).
    """
    total = np.zeros(len(parts[0]), np.uint64)
    for number, part in enumerate(parts):
        words = words_of(part)
        with np.errstate(over="ignore"):
            total += words @ multipliers(number, words.shape[1])
    return total


def words_of(part: np.ndarray) -> np.ndarray:
    """Rows of numbers as rows of whole ones, `(n, numbers in a row)`."""
    flat = part.reshape(len(part), -1)
    if flat.dtype.kind == "f":
        # There is a zero with a sign.
        return (flat.astype(np.float32) + np.float32(0)).view(np.uint32).astype(np.uint64)
    return flat.astype(np.int64).view(np.uint64)


def multipliers(part: int, count: int) -> np.ndarray:
    """Odd numbers that look random, others for each part: by SplitMix64."""
    with np.errstate(over="ignore"):
        z = np.arange(1, count + 1, dtype=np.uint64) + np.uint64(part << 40)
        z *= np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (z ^ (z >> np.uint64(31))) | np.uint64(1)


def hashes_of(split: Split, names: Sequence[str], most: int | None = None) -> np.ndarray:
    """Hashes rows of a split, some at a time.

    Args:
        split: no stream.
        names: of the parts that are looked at.
        most: how many rows to look at, spread over all; `None` for all of them.
    """
    count = len(split) if most is None else min(most, len(split))
    if not count:
        return np.zeros(0, np.uint64)
    rows = np.arange(count) * len(split) // max(count, 1)
    return np.concatenate([row_hashes(block) for block in blocks(split, names, rows)])


def blocks(split: Split, names: Sequence[str], rows: np.ndarray) -> Iterator[list[np.ndarray]]:
    """The parts of some rows, at most `AT_ONCE` bytes at a time, or a few that are made."""
    size = max(
        1 if is_read(split, names) else 64, AT_ONCE * len(split) // max(split.nbytes(names), 1)
    )
    for start in range(0, len(rows), size):
        taken = split.take(rows[start : start + size], names)
        yield [np.asarray(taken[name]) for name in names]


def some_of(split: Split, names: Sequence[str]) -> int:
    """How many rows of a split may be looked at before a run begins; none of a stream's."""
    inner = split.whole if isinstance(split, BucketedSplit) else split
    if isinstance(inner, StreamSplit):
        return 0
    bytes_of_row = max(1, split.nbytes(names) // max(len(split), 1))
    most = max(1, min(SOME, MOST_BYTES // bytes_of_row)) if is_read(split, names) else SOME_MADE
    return min(most, len(split))


def is_read(split: Split, names: Sequence[str]) -> bool:
    """Whether rows are read as they lie in memory or on a disk, and not made one by one."""
    inner = split.whole if isinstance(split, BucketedSplit) else split
    return all(isinstance(inner[name], np.ndarray | RowsOnDisk) for name in names)
