"""Checks that tables have a row for each whole number that the data give them, before a step."""

import dataclasses
import logging
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset, Split
from triceras.data.whole_numbers import WholeNumbers
from triceras.errors import UserError
from triceras.modelling.changed_parts import changed_parts
from triceras.modelling.looked_up import lookups

log = logging.getLogger(__name__)

# In the record of a run: that all numbers for its tables were looked at before it was trained.
LOOKED_AT = "tables_looked_at"
# What is to be done about a number beyond a table of so many rows.
TO_TRAIN = "give it input_dim={}, or mend the data"
TRAINED = "leave such rows out, or mend the data"


@dataclasses.dataclass(frozen=True)
class TableRows(WholeNumbers):
    """Numbers of rows of a table.

    Args:
        cure: `TO_TRAIN` or `TRAINED`.
        former: whether the table may have been trained with what is refused by now: numbers below
            0, which each backend counts from the end, and fractions, which each cuts.
    """

    kinds: str = "iuf"
    cure: str = TO_TRAIN
    former: bool = False

    def check(self, rows: Mapping[str, Any]) -> None:
        array = rows.get(self.part)
        if array is not None and (place := first_outside(array, self)) is not None:
            raise UserError(f"{self.where}: {self.part} holds {told(array.flat[place], self)}")


def told(number: Any, table: TableRows) -> str:
    """A number that is in no row, the rows that there are, and what is to be done."""
    shown = f"{number:,}" if np.asarray(number).dtype.kind in "iu" else f"{number:g}"
    beyond = table.count <= number < np.inf
    to_do = table.cure.format(int(number) + 1) if beyond else table.cure.split(", or ")[-1]
    return f"{shown}, and {table.setting} has rows from 0 to {table.count - 1:,}: {to_do}"


def told_of_row(table: TableRows, where: str, split: Split, example: int, number: Any) -> str:
    """The same with the row of the data that holds the number.

    Args:
        table: that has none for it.
        where: what the split is called.
        split: of the example.
        example: its place in the split.
        number: as it is there.
    """
    row = int(split.numbers[example])
    which = f"row {row:,} of {where} (from 0, as they came)"
    return f"{table.part} of {which} holds {told(number, table)}"


def first_outside(array: Any, table: TableRows) -> int | None:
    """The place of the first number for which a table has no row, or `None`."""
    if array.dtype.kind not in table.kinds or not array.size:
        return None
    least = -table.count if table.former else 0
    if array.dtype.kind != "f" and least <= array.min() and array.max() < table.count:
        return None
    # NaN is not inside either.
    whole = np.trunc(array) if array.dtype.kind == "f" else array
    inside = (whole >= least) & (whole < table.count)
    if not table.former:
        inside &= array == whole
    return None if inside.all() else int(np.argmin(inside))


def hold_to_tables(
    model: keras.Model,
    batch: BatchPreparation,
    data: Dataset,
    splits: Mapping[str, Sequence[Split | None]],
    cure: str = TO_TRAIN,
    looked_at: Collection[str] = (LOOKED_AT,),
) -> None:
    """Checks the numbers that are looked up in each `Embedding`.

    JAX and TensorFlow give no number for what is beyond a table, PyTorch ends; all count what is
    below 0 from the end, and cut what has a point. What is in memory is looked at here, what is
    made or read later when it is. What a model computes from its inputs is not known.

    Args:
        model: built.
        batch: says which parts the model is given.
        data: the data set.
        splits: of which rows are looked at, by what they are called.
        cure: `TO_TRAIN`, or `TRAINED` where the tables are what they are.
        looked_at: what the run looked at before it was trained, or its record, which names that.

    Raises:
        UserError: a table has no row for one of them.
    """
    changed: set[str] | None = None
    former = LOOKED_AT not in looked_at
    for part, table in lookups(model, batch.inputs, data):
        changed = changed_parts(batch, data) if changed is None else changed
        if part in changed:
            continue
        rows = TableRows(
            f"the data {data.name}", part, table.name, table.input_dim, cure=cure, former=former
        )
        for name, split in ((name, one) for name, several in splits.items() for one in several):
            if split is not None:
                check_part(rows, name, split)
                split.expect([rows])


def check_part(rows: TableRows, name: str, split: Split) -> None:
    """Checks one part of one split that is in memory.

    Args:
        rows: of the table that is given the part.
        name: what the split is called.
        split: its examples.

    Raises:
        UserError: the table has no row for one of its numbers.
    """
    part = rows.part
    if split.buckets is not None or not split.in_memory([part]):
        return
    array = np.asarray(split[part])
    place = first_outside(array, rows)
    if place is not None:
        example = place // (array.size // len(array))
        raise UserError(told_of_row(rows, f"the {name} data", split, example, array.flat[place]))
    if rows.former and first_outside(array, dataclasses.replace(rows, former=False)) is not None:
        log.warning(
            "%s of the %s data has numbers below 0 or fractions: rows of %s are counted from the "
            "end by the ones, and the others are cut, as when this run was trained; a new one "
            "refuses them",
            *(part, name, rows.setting),
        )
