"""Says of a step that failed, or lost its numbers, that a table has no row for its input."""

import contextlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Split
from triceras.data.tree import leaves, map_tree
from triceras.errors import UserError
from triceras.modelling.table_rows import TO_TRAIN, TableRows, told_of_row
from triceras.patching import patched

# What TensorFlow and PyTorch say. A compiled step of TensorFlow, and JAX, go on without a number.
BEYOND = re.compile(
    r"is not in \[0, \d+\)|index out of range in self|is out of bounds for dimension"
)


@contextmanager
def telling_missing_rows(
    model: keras.Model,
    batch: BatchPreparation,
    split: Split,
    lost: type[Exception] | tuple[type[Exception], ...] = (),
    where: str = "the training data",
    cure: str = TO_TRAIN,
) -> Iterator[None]:
    """Explains an error by what an `Embedding` was asked for.

    Args:
        model: built.
        batch: says which parts the model is given.
        split: that it is given.
        lost: the error of a loss that is not finite, which may come of other things as well.
        where: what the split is called.
        cure: `TO_TRAIN`, or `TRAINED` where the tables are what they are.

    Raises:
        UserError: a table of the model was asked for a row that it has not.
    """
    try:
        yield
    except Exception as error:
        beyond = BEYOND.search(str(error)) is not None
        tables = [
            layer
            for layer in model._flatten_layers(include_self=False)
            if isinstance(layer, keras.layers.Embedding)
        ]
        if not tables or not (beyond or isinstance(error, lost)):
            raise
        found = asked_beyond(model, batch, split, beyond)
        if found is not None:
            part, example, number, table = found
            rows = TableRows(where, part, table.name, table.input_dim, cure=cure)
            raise UserError(told_of_row(rows, where, split, example, number)) from error
        if beyond:
            largest = max(tables, key=lambda layer: layer.input_dim)
            raise UserError(
                "an Embedding of the model was asked for a row that it has not "
                f"({largest.name} has rows from 0 to {largest.input_dim - 1:,}): look at what it "
                f"is given{', or give it a larger input_dim' if cure == TO_TRAIN else ''}"
            ) from error
        raise


def asked_beyond(
    model: keras.Model, batch: BatchPreparation, split: Split, below: bool
) -> tuple[str, int, int, keras.layers.Embedding] | None:
    """The part, the example, its number, and the table that has no row for it, or `None`.

    Args:
        model: tried on the examples with the largest and the least number of each part.
        batch: says which parts it is given.
        split: of these.
        below: whether numbers below 0 are beyond a table too: JAX and a compiled step of TensorFlow
            count them from the end.
    """
    names = list(leaves(batch.inputs))
    if split.buckets is not None or not split.in_memory(names):
        return None
    for name in names:
        array = np.asarray(split[name])
        if array.dtype.kind not in "iu" or not array.size:
            continue
        for place in (int(array.argmax()), int(array.argmin())):
            number, example = int(array.flat[place]), place // (array.size // len(array))
            rows = split.take(slice(example, example + 1), batch.parts)
            for table, asked in asked_of(model, batch.for_testing(rows).inputs):
                lowest = 0 if below else -table.input_dim
                if number in asked and not lowest <= number < table.input_dim:
                    return name, example, number, table
    return None


def asked_of(model: keras.Model, inputs: Any) -> list[tuple[keras.layers.Embedding, np.ndarray]]:
    """The tables of a model, each with what it is asked for where the model is given inputs."""
    found: list[tuple[keras.layers.Embedding, np.ndarray]] = []
    call = keras.layers.Embedding.call

    def note(self: Any, inputs: Any, *arguments: Any, **options: Any) -> Any:
        found.append((self, keras.ops.convert_to_numpy(inputs)))
        # Whatever it was asked for, the others are to be asked too.
        inside = keras.ops.clip(keras.ops.cast(inputs, "int32"), 0, self.input_dim - 1)
        return call(self, inside, *arguments, **options)

    with patched(keras.layers.Embedding, "call", note), contextlib.suppress(Exception):
        model(map_tree(keras.ops.convert_to_tensor, inputs), training=False)
    return found
