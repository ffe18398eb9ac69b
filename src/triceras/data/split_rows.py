"""The rows of each split of named arrays, some of which may be given."""

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from triceras.data.dataset import Split
from triceras.data.dividing import Division
from triceras.data.part_checks import Parts, named_part
from triceras.data.rows_on_disk import RowsOnDisk
from triceras.errors import UserError

A_TENTH = 0.1
# By a part of these rows are divided, in the order in which `Division.of` takes them.
MARKS = ("stratify", "group", "chronological")
# Of a year, a month and a day, and a time of day or none.
DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?")


def split_rows(
    name: str,
    given: Mapping[str, dict[str, Any]],
    sizes: Mapping[str, float | None],
    choice: tuple[int, int | None, int | None],
    **marks: str | None,
) -> tuple[dict[str, dict[str, Any]], dict[str, np.ndarray]]:
    """The splits, where those that were not given are taken of the training rows.

    Returns:
        The splits, and which rows of those that were divided each of them has.
    """
    seed, folds, fold = choice
    for split in ("validation", "test"):
        if split in given and sizes[f"{split}_size"] is not None:
            raise UserError(
                f"data.{split}_size={sizes[f'{split}_size']} is set, and {name} has {split} rows "
                f"of its own: leave it out, or the rows"
            )
    if folds and "validation" in given:
        raise UserError(f"data.folds={folds} is set, and {name} has validation rows of its own")
    train = given["train"]
    usual = {k: A_TENTH if size is None else size for k, size in sizes.items()}
    division = Division(
        0 if "validation" in given or folds else usual["validation_size"],
        0 if "test" in given else usual["test_size"],
        seed,
        folds,
        fold,
    )
    if "test" not in given and not division.test_size:
        raise UserError(f"data.test_size=0: a run reports what it reached on test rows of {name}")
    found = values_of(marks, train, name, folds)
    if marks.get("group") is not None:
        check_groups(name, str(marks["group"]), given)
    rows = division.of(name, len(next(iter(train.values()))), *found)
    numbers = {split: found for split, found in rows._asdict().items() if len(found)}
    picked = {
        split: {key: pick(array, positions) for key, array in train.items()}
        for split, positions in numbers.items()
    }
    return {**given, **picked}, numbers


def values_of(
    marks: Mapping[str, str | None], parts: Parts | Split, name: str, folds: int | None
) -> list[np.ndarray | None]:
    """What rows are divided by, in the order of `MARKS`.

    Args:
        marks: by their names parts, or `None`.
        parts: of all rows that are divided.
        name: of the data, for messages.
        folds: as of `Division`.

    Raises:
        UserError: there is no such part, rows may not be divided by it, or not by all of them.
    """
    found: list[np.ndarray | None] = []
    for option, part in marks.items():
        given = None if part is None else named_part(f"data.{option}", part, parts, name)
        found.append(None if given is None else np.asarray(given[:]))
        check_mark(option, part, found[-1])
    check_marks(marks, folds)
    return found


def check_mark(option: str, part: str | None, values: np.ndarray | None) -> None:
    """Checks that rows may be divided by values: of fractions each is a kind of its own.

    Args:
        option: by which, one of `MARKS`.
        part: that has them.
        values: of the rows, or `None`.

    Raises:
        UserError: they may not.
    """
    if values is None:
        return
    timed = option == "chronological"
    if values.ndim > 1 or values.dtype.kind not in ("iuf" if timed else "iub"):
        raise UserError(
            f"data.{option}={part}: it is {values.dtype} of shape {values.shape}; wanted are "
            f"{'dates (2026-11-30) or numbers' if timed else 'texts or whole numbers'}, one a row"
        )
    if timed and not np.isfinite(values).all():
        row = int(np.flatnonzero(~np.isfinite(values))[0])
        raise UserError(
            f"data.chronological={part}: row {row:,} holds {values[row]}, which is no time: leave "
            "such rows out, or give them one"
        )


def check_marks(marks: Mapping[str, str | None], folds: int | None) -> None:
    """Checks that nothing else is asked of rows that are divided by their time.

    Raises:
        UserError: something is, which would have no effect.
    """
    asked = {name: part for name, part in {**marks, "folds": folds}.items() if part is not None}
    time = asked.pop("chronological", None)
    for name, part in asked.items() if time is not None else ():
        raise UserError(
            f"data.{name}={part} has no effect beside data.chronological={time}, by which the "
            "latest rows are held out: leave one of them out"
        )


def check_dates(part: str, texts: Sequence[str]) -> None:
    """Checks that the order of texts in the alphabet is that of the days that they name.

    Raises:
        UserError: one of them is no such date.
    """
    between = next((text[10] for text in texts if len(text) > 10), "")
    other = next((t for t in texts if not DATE.fullmatch(t) or t[10:11] not in ("", between)), None)
    if other is not None:
        raise UserError(
            f"data.chronological={part}: {other!r} is no date as in 2026-11-30 or "
            "2026-11-30 18:05:00, all written alike, whose order is that of time: give it so, or "
            "as a number"
        )


def check_groups(name: str, part: str, given: Mapping[str, Mapping[str, Any]]) -> None:
    """Checks that splits which were given share no group.

    Raises:
        UserError: they do.
    """
    groups = {split: np.unique(parts[part][:]) for split, parts in given.items() if part in parts}
    for one, other in itertools.combinations(groups, 2):
        shared = np.intersect1d(groups[one], groups[other])
        if len(shared):
            raise UserError(
                f"data.group={part}: rows of {len(shared)} of its values are both among those for "
                f"{one} and those for {other} of {name}, which were given apart: take them out of "
                "one, or give all rows as one, to be divided"
            )


def pick(array: Any, positions: np.ndarray) -> Any:
    """Some rows; all of them, in their order, are not copied."""
    if isinstance(array, RowsOnDisk):
        return array.pick(positions)
    whole = np.array_equal(positions, np.arange(len(array)))
    return np.ascontiguousarray(array if whole else array[positions])


def first_rows(array: Any, count: int | None) -> Any:
    """At most so many rows, read only where they are in memory."""
    if isinstance(array, RowsOnDisk):
        return array.pick(np.arange(len(array))[:count])
    return array[:count]
