"""Checks that tables have a row for each whole number that the data give them, before a step."""

import contextlib
import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
from keras.src.backend import compute_output_spec
from keras.src.models.functional import Functional

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset, Split
from triceras.data.tree import named_leaves
from triceras.data.whole_numbers import WholeNumbers
from triceras.engines.once import keeping_flags
from triceras.errors import UserError
from triceras.modelling.build import signature
from triceras.modelling.changed_parts import changed_parts
from triceras.patching import patched

# With as many examples a model is traced.
EXAMPLES = 2
# What is to be done about a number beyond a table of so many rows.
TO_TRAIN = "give it input_dim={}, or mend the data"
TRAINED = "leave such rows out, or mend the data"


class Lookup(NamedTuple):
    """A part of the data that a table is given as it is.

    Args:
        part: its name.
        table: whose rows it numbers.
    """

    part: str
    table: keras.layers.Embedding


@dataclasses.dataclass(frozen=True)
class TableRows(WholeNumbers):
    """Numbers of rows of a table."""

    kinds: str = "iuf"

    def refusal(self, array: Any, low: Any, high: Any) -> str:
        return (
            f"{self.where}: {self.part} is {array.dtype} of shape {array.shape} from {low} to "
            f"{high}, and {self.setting} looks up whole numbers from 0 to {self.count - 1:,}: "
            f"{to_do(high, self.count)}"
        )


def to_do(number: float, rows: int, cure: str = TO_TRAIN) -> str:
    """What is to be done about a number that is none of so many rows."""
    return cure.format(int(number) + 1) if number >= rows else cure.split(", or ")[-1]


def hold_to_tables(
    model: keras.Model,
    batch: BatchPreparation,
    data: Dataset,
    splits: Mapping[str, Sequence[Split | None]],
    cure: str = TO_TRAIN,
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

    Raises:
        UserError: a table has no row for one of them.
    """
    changed: set[str] | None = None
    for part, table in lookups(model, batch.inputs, data):
        changed = changed_parts(batch, data) if changed is None else changed
        if part in changed:
            continue
        wanted = TableRows(f"the data {data.name}", part, table.name, table.input_dim)
        for name, split in ((name, one) for name, several in splits.items() for one in several):
            if split is not None:
                check_part(Lookup(part, table), name, split, cure)
                split.expect([wanted])


def check_part(lookup: Lookup, name: str, split: Split, cure: str) -> None:
    """Checks one part of one split that is in memory.

    Args:
        lookup: of the part.
        name: what the split is called.
        split: its rows.
        cure: as of `hold_to_tables`.

    Raises:
        UserError: the table has no row for one of its numbers.
    """
    part, table = lookup
    if split.buckets is not None or not split.in_memory([part]):
        return
    array, rows = np.asarray(split[part]), table.input_dim
    if array.dtype.kind not in "iuf" or not array.size:
        return
    # NaN is not inside either.
    inside = (array >= 0) & (array < rows)
    if array.dtype.kind == "f":
        inside &= array == np.trunc(array)
    if not inside.all():
        place = int(np.argmin(inside))
        number = array.flat[place]
        shown = f"{number:,}" if array.dtype.kind in "iu" else f"{number:g}"
        row = int(split.numbers[place // (array.size // len(array))])
        raise UserError(
            f"{part} of row {row:,} of the {name} data (from 0, as they came) holds {shown}, "
            f"and {table.name} has rows from 0 to {rows - 1:,}: {to_do(number, rows, cure)}"
        )


def lookups(model: keras.Model, inputs: Any, data: Dataset) -> list[Lookup]:
    """Which parts of the data are looked up in which tables, found without computing anything.

    Args:
        model: built.
        inputs: the parts that it is given, a tree of names.
        data: the data set.
    """
    layers = model._flatten_layers()
    tables = {id(layer) for layer in layers if isinstance(layer, keras.layers.Embedding)}
    if not tables:
        return []
    found: list[Lookup] = []

    def call(given: Any) -> Any:
        # By their places, as JAX puts a dictionary's names in another order.
        tensors = dict(named_leaves("", given))
        parts = [(part, tensors[place]) for place, part in named_leaves("", inputs)]
        with noting_lookups(parts, found, tables):
            return model(given, training=False)

    def few(tensor: keras.KerasTensor) -> keras.KerasTensor:
        return keras.KerasTensor((EXAMPLES, *tensor.shape[1:]), tensor.dtype)

    given = keras.tree.map_structure(few, signature(inputs, data))
    # What cannot be traced is told where it is trained.
    with keeping_flags(model), contextlib.suppress(Exception):
        compute_output_spec(call, given)
    return list(dict.fromkeys(found))


class AllLookedUpError(Exception):
    """Nothing is left to look up, and what comes after would cost the time of a whole trace."""


@contextlib.contextmanager
def noting_lookups(
    parts: Sequence[tuple[str, Any]], found: list[Lookup], tables: Collection[int]
) -> Iterator[None]:
    """Notes which tensors are looked up as they are, or in the type of an input of a model.

    Args:
        parts: names and tensors, which are held for as long as they are compared.
        found: filled.
        tables: the ids of all tables.

    Raises:
        AllLookedUpError: each of them, and each part of whole numbers, was.
    """
    left = {*tables, *(part for part, tensor in parts if "int" in str(tensor.dtype))}
    known = {id(tensor): (part, tensor) for part, tensor in parts}
    look_up, convert = keras.layers.Embedding.call, Functional._convert_inputs_to_tensors

    def noting(layer: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        if id(inputs) in known:
            found.append(Lookup(known[id(inputs)][0], layer))
            left.discard(found[-1].part)
        left.discard(id(layer))
        if not left:
            raise AllLookedUpError
        return look_up(layer, inputs, *args, **kwargs)

    def following(functional: Any, flat_inputs: Any) -> Any:
        converted = convert(functional, flat_inputs)
        for before, after in zip(flat_inputs, converted, strict=False):
            if id(before) in known:
                known[id(after)] = known[id(before)][0], after
        return converted

    with (
        patched(keras.layers.Embedding, "call", noting),
        patched(Functional, "_convert_inputs_to_tensors", following),
    ):
        yield
