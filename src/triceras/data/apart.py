"""Whether the examples of each split are its own."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from triceras.data.dataset import Dataset, Split
from triceras.data.parts import inputs_of
from triceras.data.tree import leaves
from triceras.errors import UserError

log = logging.getLogger(__name__)

# Of a search whether two arrays share memory, which can take for ever where they are interleaved.
MOST_WORK = 10_000


def check_apart(where: str, splits: Mapping[str, Any]) -> None:
    """Refuses splits that are, in whole or in part, the memory of the training split.

    A source that fills one array anew for each split gives the last one's rows for all.

    Args:
        where: what gave the splits, for messages.
        splits: by name, with `train`: arrays by name or in a tuple, or whatever else holds
            examples; `None` for none.

    Raises:
        UserError: there are such.
    """
    for name, value in splits.items():
        if name == "train" or value is None:
            continue
        one_thing = value is splits["train"]
        if one_thing or any(
            shares_memory(array, other)
            for array in arrays_of(value)
            for other in arrays_of(splits["train"])
        ):
            raise UserError(
                f"{where}: {name} is {'the same object as' if one_thing else 'in the memory of'} "
                "train, so that both hold the same examples, or what was written last: make "
                "new arrays for each split; where the same examples are meant, return a copy"
            )


def memory_of(data: Dataset) -> dict[str, Any]:
    """What `check_apart` looks at of a data set: arrays that are in memory."""
    splits = {"train": data.train, "validation": data.validation, "test": data.test}
    return {name: dict(split.parts) for name, split in splits.items() if split is not None}


def tell_of_the_same(data: Dataset) -> None:
    """Warns where two splits begin with the same inputs, up to the end of the shorter one."""
    splits = {"train": data.train, "validation": data.validation, "test": data.test}
    found = [(name, split) for name, split in splits.items() if split is not None]
    inputs = list(leaves(inputs_of(data)))
    for position, (name, split) in enumerate(found):
        for other_name, other in found[:position]:
            count = min(len(split), len(other))
            if same_rows(split, other, inputs, count):
                log.warning(
                    "%s has the same inputs as %s, all of its first %s: what is measured on it "
                    "says nothing of new examples; does data= give each split its own?",
                    name,
                    other_name,
                    f"{count:,}",
                )


def same_rows(one: Split, other: Split, names: Iterable[str], count: int) -> bool:
    """Whether the first rows of parts are the same, and not one row again and again."""
    names = list(names)
    if not one.in_memory(names) or not other.in_memory(names):
        return False
    varied = False
    for name in names:
        a, b = one[name], other[name]
        # Most differ in their first row, and the others need then not be looked at.
        if not np.array_equal(a[0], b[0]) or not np.array_equal(a[:count], b[:count]):
            return False
        varied = varied or varies(a[:count])
    return varied


def shares_memory(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two arrays have rows in the same memory, and not one row again and again."""
    try:
        shared = np.shares_memory(one, other, max_work=MOST_WORK)  # pyright: ignore
    except np.exceptions.TooHardError:
        return False
    # Weights of 1, for example, may well be cut from one array.
    return shared and varies(one)


def varies(array: np.ndarray) -> bool:
    """Whether rows differ."""
    return bool(len(array)) and bool(np.any(array != array[0]))


def arrays_of(value: Any) -> Iterator[np.ndarray]:
    """The arrays of what a source returned for a split."""
    members = value.values() if isinstance(value, Mapping) else value
    if not isinstance(members, tuple) and not isinstance(value, Mapping):
        members = [value]
    yield from (member for member in members if isinstance(member, np.ndarray))
