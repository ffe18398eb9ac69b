"""Says of a loss, or of a metric, that is not finite that the data are not."""

import contextlib
import logging
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from triceras.data.dataset import Split
from triceras.data.statistics import ROWS_AT_ONCE
from triceras.errors import UserError

log = logging.getLogger(__name__)


@contextlib.contextmanager
def telling_bad_data(split: Split, names: Iterable[str], errors: type[Exception]) -> Iterator[None]:
    """Explains an error by the data, if that is where it comes from.

    Args:
        split: that of training.
        names: parts that the model is given.
        errors: those to explain.

    Raises:
        UserError: there was one, and a number of the data is not finite.
    """
    try:
        yield
    except errors as error:
        found = first_not_finite(split, names)
        if found is None:
            raise
        part, row, value = found
        raise UserError(
            f"{str(error).partition(': ')[0]}, as {part} of row {row:,} of the data (from 0, as "
            f"they came) holds {value}: mend the data, or leave such examples out"
        ) from error


def warn_of_no_numbers(
    results: Mapping[str, float], split: Split, names: Iterable[str], where: str
) -> None:
    """Says of an evaluation that some of it are no numbers, and where the data are none.

    What is then a number is no better: an accuracy, too, is of the outputs of such examples.

    Args:
        results: what was found.
        split: that was looked at.
        names: parts that the model is given.
        where: what the split is called.
    """
    found = ", ".join(f"{name} is {v}" for name, v in results.items() if not math.isfinite(v))
    if not found:
        return
    bad = first_not_finite(split, names)
    cause = (
        ""
        if bad is None
        else (
            f", as {bad[0]} of row {bad[1]:,} (from 0, as they came) holds {bad[2]}: mend the "
            "data, or leave such examples out; the other metrics counted them"
        )
    )
    log.warning(f"no number on the {where} data: {found}{cause}")


def first_not_finite(split: Split, names: Iterable[str]) -> tuple[str, int, float] | None:
    """The part, the row and the value of the first number that is not finite, or `None`.

    The row is that of the data as they came, before they were divided and shuffled.
    """
    names = list(names)
    # Of a stream what it has given so far.
    for name in (name for name in names if name in split.not_finite):
        return name, *split.not_finite[name]
    if split.buckets is not None or not split.in_memory(names):
        return None  # rows of several shapes, or that would have to be made once more
    for name, array in split.take(slice(None), names).items():
        if np.issubdtype(array.dtype, np.inexact):
            found = first_in(array)
            if found is not None:
                return name, int(split.numbers[found[0]]), found[1]
    return None


def first_in(rows: Any) -> tuple[int, float] | None:
    """The first of some rows, in memory or not, that holds a number that is not finite, and it."""
    for start in range(0, len(rows), ROWS_AT_ONCE):
        block = np.asarray(rows[start : start + ROWS_AT_ONCE])
        bad = np.argwhere(~np.isfinite(block))
        if len(bad):
            return start + int(bad[0][0]), block[tuple(bad[0])].item()
    return None
