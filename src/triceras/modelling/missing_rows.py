"""Says of a step that failed, or lost its numbers, that a table has no row for its input."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import keras
import numpy as np

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Split
from triceras.data.tree import leaves
from triceras.errors import UserError

# What TensorFlow and PyTorch say. A compiled step of TensorFlow, and JAX, go on without a number.
BEYOND = re.compile(
    r"is not in \[0, \d+\)|index out of range in self|is out of bounds for dimension"
)


@contextmanager
def telling_missing_rows(
    model: keras.Model, batch: BatchPreparation, split: Split, lost: type[Exception]
) -> Iterator[None]:
    """Explains an error by what an `Embedding` was asked for.

    Args:
        model: built.
        batch: says which parts the model is given.
        split: that of training.
        lost: the error of a loss that is not finite, which may come of other things as well.

    Raises:
        UserError: a whole number of the data is beyond each table of the model, or something else
            within the model was beyond one.
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
        largest = max(tables, key=lambda layer: layer.input_dim)
        has = f"{largest.name} has rows from 0 to {largest.input_dim - 1:,}"
        # JAX and a compiled step of TensorFlow count numbers below 0 from the end.
        lowest = 0 if beyond else -largest.input_dim
        found = beyond_all(split, leaves(batch.inputs), lowest, largest.input_dim)
        if found is not None:
            part, example, number = found
            raise UserError(
                f"{part} of example {example:,} of the training data holds {number:,}, and {has}: "
                + (f"give it input_dim={number + 1}, or " if number > 0 else "")
                + "mend the data"
            ) from error
        if beyond:
            raise UserError(
                f"an Embedding of the model was asked for a row that it has not ({has}): look at "
                "what it is given, or give it a larger input_dim"
            ) from error
        raise


def beyond_all(
    split: Split, names: Iterable[str], lowest: int, rows: int
) -> tuple[str, int, int] | None:
    """The part, the example and the value of a number that no table has a row for, or `None`."""
    names = list(names)
    if split.buckets is not None or not split.in_memory(names):
        return None
    for name in names:
        array = np.asarray(split[name])
        if array.dtype.kind not in "iu" or not array.size:
            continue
        for place in (int(array.argmax()), int(array.argmin())):
            number = int(array.flat[place])
            if not lowest <= number < rows:
                return name, place // (array.size // len(array)), number
    return None
