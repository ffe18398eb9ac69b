"""Says of a loss that is not finite which layer gives no number for which example."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import ops

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Split
from triceras.data.tree import leaves, map_tree
from triceras.errors import UserError
from triceras.patching import patched

# Examples that are looked at, how many at once, and for how many seconds.
EXAMPLES, AT_ONCE, SECONDS = 8192, 256, 20.0
# In the place of weights: with those of a training that diverged a model loses numbers of many
# examples, and with 0 a quotient of what it computes is none.
WEIGHT = 1e-6


@contextlib.contextmanager
def telling_lost_numbers(
    model: keras.Model, batch: BatchPreparation, split: Split, errors: type[Exception]
) -> Iterator[None]:
    """Explains an error by what the model makes of some examples and not of others.

    So it is with the mean of what a mask leaves where it leaves nothing.

    Args:
        model: built.
        batch: says which parts the model is given.
        split: that of training.
        errors: those to explain.

    Raises:
        UserError: there was one, and the model gives no numbers for an example of finite numbers.
    """
    try:
        yield
    except errors as error:
        found = None
        # It may be anything that a model of somebody's own does with another batch.
        with contextlib.suppress(Exception):
            found = first_lost(model, batch, split)
        if found is None:
            raise
        row, layer, empty = found
        why = f", whose {' and '.join(empty)} holds nothing but 0," if empty else ""
        raise UserError(
            f"{str(error).partition(': ')[0]}, as the layer {layer} gives no number for row "
            f"{row:,} of the data (from 0, as they came){why} and does for others: leave such "
            "examples out, or have the model give one"
        ) from error


def first_lost(
    model: keras.Model, batch: BatchPreparation, split: Split
) -> tuple[int, str, list[str]] | None:
    """The row, the layer, and the parts that are 0 throughout; `None` where it is of all or none.

    Args:
        model: built.
        batch: says which parts the model is given.
        split: whose examples it is given.
    """
    names = list(leaves(batch.inputs))
    if split.buckets is None and not split.in_memory(names):
        return None
    places = np.arange(min(len(split), EXAMPLES))
    kinds = np.zeros(len(places), int) if split.buckets is None else split.buckets[places]
    lost: list[tuple[int, str, list[str]]] = []
    kept, began = False, time.monotonic()
    for kind in np.unique(kinds):
        alike = places[kinds == kind]
        for start in range(0, len(alike), AT_ONCE):
            if time.monotonic() - began > SECONDS:
                break
            rows = alike[start : start + AT_ONCE]
            parts = split.take(rows, batch.parts)
            finite, layer = tried(model, batch.for_testing(parts).inputs, len(rows))
            kept |= bool(finite.any())
            if layer is not None and not finite.all():
                place = int(np.argmin(finite))
                empty = [n for n in names if parts[n].ndim > 1 and not np.any(parts[n][place])]
                lost.append((int(split.numbers[rows[place]]), layer, empty))
    return min(lost) if lost and kept else None


def tried(model: keras.Model, inputs: Any, count: int) -> tuple[np.ndarray, str | None]:
    """For which examples all outputs are finite, `(count,)`, and which layer first gives others."""
    first: list[str] = []
    call = keras.layers.Layer.__call__

    def note(self: Any, *arguments: Any, **options: Any) -> Any:
        given = call(self, *arguments, **options)
        if not first and not finite_in(given) and finite_in((arguments, options)):
            first.append(self.name)
        return given

    with (
        keras.StatelessScope(harmless(model)),
        patched(keras.layers.Layer, "__call__", note),
    ):
        outputs = model(map_tree(ops.convert_to_tensor, inputs), training=False)
    finite = np.ones(count, bool)
    for output in keras.tree.flatten(outputs):
        numbers = np.isfinite(ops.convert_to_numpy(ops.cast(output, "float32")))
        finite &= numbers.reshape(count, -1).all(axis=1)
    return finite, first[0] if first else None


def harmless(model: keras.Model) -> list[tuple[keras.Variable, Any]]:
    """The weights, and other variables that are no numbers by now, each with small numbers."""
    return [
        (variable, ops.full(variable.shape, WEIGHT, variable.dtype))
        for variable in model.variables
        if keras.backend.is_float_dtype(variable.dtype)
        and (variable.trainable or not finite_in(variable.value))
    ]


def finite_in(tree: Any) -> bool:
    """Whether all numbers with a point of a tree are finite."""
    return all(
        bool(ops.all(ops.isfinite(leaf)))
        for leaf in keras.tree.flatten(tree)
        if ops.is_tensor(leaf)
        and keras.backend.is_float_dtype(keras.backend.standardize_dtype(leaf.dtype))
    )
