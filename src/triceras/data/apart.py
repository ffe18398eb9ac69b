"""Whether the examples of each split are its own."""

import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from triceras.data.dataset import Dataset, Split
from triceras.data.parts import inputs_of
from triceras.data.tree import leaves
from triceras.errors import UserError

log = logging.getLogger(__name__)

# How many rows are looked at where there are more: of arrays, and of what makes each anew.
OF_ARRAYS, OF_EXAMPLES = 4096, 8
# How many of them are copied at once, as a row may be large.
AT_ONCE = 64


def check_apart(where: str, splits: Mapping[str, Split]) -> None:
    """Refuses splits that have rows in the same memory, and so the same examples.

    Validation and test may be the same, though not in some of their parts alone.

    Args:
        where: what gave the splits, for messages.
        splits: by name.

    Raises:
        UserError: there are such.
    """
    for name, split, other_name, other in pairs(splits):
        both = [part for part in split.parts if part in other.parts]
        shared = [part for part in both if share_rows(split.parts[part], other.parts[part])]
        if shared and ("train" in (name, other_name) or len(shared) < len(both)):
            raise UserError(
                f"{where}: {shared[0]} of {name} has rows in the memory of {other_name}, so that "
                "both hold the same, or what was written last: give each split rows of its own; "
                "where the same ones are meant, a copy of them"
            )


def sample(split: Split) -> dict[str, str]:
    """SHA-256 of each part in rows from all over a split, to see later whether it has changed."""
    most = OF_ARRAYS if split.in_memory(split.parts) else OF_EXAMPLES
    rows = np.unique(np.linspace(0, len(split) - 1, min(most, len(split))).astype(int))
    digests = {name: hashlib.sha256() for name in split.parts}
    for start in range(0, len(rows), AT_ONCE):
        for name, array in split.take(rows[start : start + AT_ONCE]).items():
            digests[name].update(np.ascontiguousarray(array).tobytes())
    return {name: digest.hexdigest() for name, digest in digests.items()}


def check_unchanged(
    where: str, splits: Mapping[str, Split], before: Mapping[str, Mapping[str, str]]
) -> None:
    """Refuses splits that have changed since they were made.

    A source that fills one array anew for each split gives the last one's rows for all.

    Args:
        where: what gave the splits, for messages.
        splits: by name.
        before: what `sample` gave of each when it was made.

    Raises:
        UserError: there are such.
    """
    for name, split in splits.items():
        now = sample(split)
        changed = [part for part in now if now[part] != before[name][part]]
        if changed:
            raise UserError(
                f"{where}: {changed[0]} of {name} was another before the next split was asked for: "
                "what is returned for one must not be filled anew for another; return new arrays, "
                "or an object of its own, for each split"
            )


def tell_of_the_same(data: Dataset) -> None:
    """Warns where two splits begin with the same inputs, as far as the shorter one goes."""
    inputs = list(leaves(inputs_of(data)))
    for name, split, other_name, other in pairs(splits_of(data)):
        if split.buckets is not None or other.buckets is not None:
            continue  # rows of several shapes
        count = min(len(split), len(other))
        if not split.in_memory(inputs) or not other.in_memory(inputs):
            # Of a stream, the rows of a batch are known.
            known = (getattr(one, "batch_size", count) for one in (split, other))
            count = min(count, OF_EXAMPLES, *known)
        if same_rows(split, other, inputs, count):
            log.warning(
                "%s has the same inputs as %s, all of its first %s: what is measured on it says "
                "nothing of new examples; does data= give each split its own?",
                name,
                other_name,
                f"{count:,}",
            )


def splits_of(data: Dataset) -> dict[str, Split]:
    """The splits of a data set that it has, by name."""
    found = {"train": data.train, "validation": data.validation, "test": data.test}
    return {name: split for name, split in found.items() if split is not None}


def pairs(splits: Mapping[str, Split]) -> Iterator[tuple[str, Split, str, Split]]:
    """Each split with each one before it."""
    found = list(splits.items())
    for position, (name, split) in enumerate(found):
        for other_name, other in found[:position]:
            yield name, split, other_name, other


def same_rows(one: Split, other: Split, names: Iterable[str], count: int) -> bool:
    """Whether the first rows of parts are the same, and not one row again and again."""
    names = list(names)
    # Most differ in their first row, and the others need then not be looked at.
    for size in (1, count):
        first, second = (split.take(slice(size), names) for split in (one, other))
        if not all(same(first[name], second[name]) for name in names):
            return False
    return any(varies(array) for array in first.values())


def same(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether arrays hold the same numbers."""
    return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")


def share_rows(one: Any, other: Any) -> bool:
    """Whether a row of an array is a row of another one, and not one row again and again."""
    arrays = (one, other)
    if not all(isinstance(array, np.ndarray) and len(array) for array in arrays):
        return False
    # Windows of a series that overlap by some of their steps are no rows of one another.
    if not np.may_share_memory(*arrays) or one.strides[1:] != other.strides[1:]:
        return False
    starts = [
        array.__array_interface__["data"][0] + array.strides[0] * np.arange(len(array))
        for array in arrays
    ]
    # Weights of 1, for example, may well be cut from one array.
    return varies(one) and bool(np.isin(*starts).any())


def varies(array: np.ndarray) -> bool:
    """Whether rows differ; those of NaN alone do not."""
    return not same(array, np.broadcast_to(array[:1], array.shape))
