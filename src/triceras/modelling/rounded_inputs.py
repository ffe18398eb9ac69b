"""Says of inputs that half precision rounds away what they tell apart."""

import logging
from collections.abc import Callable
from typing import Any

import keras
import ml_dtypes
import numpy as np
from keras.src.models.functional import Functional

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset
from triceras.data.tree import leaves
from triceras.modelling.looked_up import lookups
from triceras.modelling.target_ranges import first_values

HALF = {"bfloat16": ml_dtypes.bfloat16, "float16": np.float16}
# What rounding may take of a standard deviation. Of pictures from 0 to 1 it is less than 0.01.
SHARE = 0.05

log = logging.getLogger(__name__)


def tell_of_rounded_inputs(model: keras.Model, batch: BatchPreparation, data: Dataset) -> None:
    """Warns where a model in half precision is given numbers that are no longer apart in it.

    Keras rounds what it gives a layer, and a whole model that is no functional one, to the type
    that they compute in: of bfloat16 the whole numbers from 256 on, every other one, so that the
    row 257 of a table of embeddings is never read; and a layer that normalizes years sees but one.
    Integers are never rounded.

    Args:
        model: built.
        batch: says which parts it is given.
        data: the data set, whose first training examples are looked at.
    """
    if model.compute_dtype not in HALF or not rounds(model):
        return
    for part in leaves(batch.inputs):
        values = first_values(part, batch, data)
        if values.dtype.kind != "f" or not len(values):
            continue
        rows = rows_beside(model, part, batch, data)
        found = told(values.astype("float32"), HALF[model.compute_dtype], rows)
        if found:
            log.warning(
                "%s rounds the input %s, in which %s: %s",
                *(model.compute_dtype, part, *found),
            )


def rounds(model: Any) -> bool:
    """Whether a model, or a layer that it gives what it is given, rounds this.

    A functional one leaves that to each of its layers, of which some take it as it is: those in
    float32, as a `Normalization` may be, and an `Embedding`.
    """
    if not isinstance(model, Functional):
        return model.autocast and model.compute_dtype in HALF
    given = {id(tensor) for tensor in model.inputs}
    takers = [
        operation
        for operation in model.operations
        for node in operation._inbound_nodes
        if given & {id(tensor) for tensor in node.input_tensors} and not node.is_input
    ]
    return any(rounds(one) for one in takers if isinstance(one, keras.layers.Layer))


def rows_beside(model: keras.Model, part: str, batch: BatchPreparation, data: Dataset) -> int:
    """How many rows a table has that a model may look a part up in once it has rounded it, or 0.

    A functional one leaves that to each of its layers, and an `Embedding` does not. Of a table that
    is given another part as it is, it is known that it is not given this one.
    """
    if isinstance(model, Functional):
        return 0
    known = lookups(model, batch.inputs, data)
    others = {id(table) for name, table in known if name != part}
    others -= {id(table) for name, table in known if name == part}
    layers = [one for one in model._flatten_layers() if isinstance(one, keras.layers.Embedding)]
    return max((one.input_dim for one in layers if id(one) not in others), default=0)


def told(values: np.ndarray, half: Any, rows: int) -> tuple[str, str] | None:
    """What is lost of numbers, and what to do; `None` where it is little.

    Args:
        values: float32, of shape `(examples, ...)`.
        half: a type.
        rows: of a table that they may number.
    """
    rounded = rounding(half)
    with np.errstate(all="ignore"):
        columns = values.reshape(len(values), -1)
        columns = columns[:, np.isfinite(columns).all(axis=0)]
        near = rounded(columns)
        numbers = (columns == np.round(columns)).all(axis=0)
        changed = numbers & (near != columns).any(axis=0)
        changed &= (columns >= 0).all(axis=0) & (columns < rows).all(axis=0)
        if changed.any():
            return example(columns[:, changed], rounded), (
                "if these are the numbers of rows of an Embedding, give them as integers, or use "
                "precision=float32"
            )
        lost = np.sqrt(np.mean((near - columns) ** 2, axis=0))
        deviation = columns.std(axis=0, dtype="float64")
        much = (deviation > 0) & ~(lost <= SHARE * deviation)
    if not much.any():
        return None
    column = int(np.argmax(much))
    return (
        f"{example(columns[:, much], rounded)}, where the standard deviation is "
        f"{deviation[column]:.3g}"
    ), "normalize it beforehand, as by data.normalize, or use precision=float32"


def rounding(half: Any) -> Callable[[np.ndarray], np.ndarray]:
    """Rounds float32 to a type and back."""
    return lambda values: values.astype(half).astype("float32")


def example(columns: np.ndarray, rounded: Callable[[np.ndarray], np.ndarray]) -> str:
    """A number of the first column that becomes another."""
    first = columns[:, 0]
    one = first[np.argmax(rounded(first) != first)]
    return f"{one:.8g} becomes {rounded(one):.8g}"
