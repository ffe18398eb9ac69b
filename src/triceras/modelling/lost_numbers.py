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
# How large numbers are that are in the place of weights: with those of a training that diverged a
# model loses numbers of many examples, and with 0 a quotient of what it computes is none. An
# example that loses its own with some and not with others does so by chance, as where no unit is
# above 0.
WEIGHTS = (1e-6, 1e-2, 1e-4)


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

    def try_rows(rows: np.ndarray, number: int = 0) -> tuple[np.ndarray, str | None]:
        inputs = batch.for_testing(split.take(rows, batch.parts)).inputs
        return tried(model, inputs, len(rows), number)

    for kind in np.unique(kinds):
        alike = places[kinds == kind]
        for start in range(0, len(alike), AT_ONCE):
            if time.monotonic() - began > SECONDS:
                break
            rows = alike[start : start + AT_ONCE]
            finite, _ = try_rows(rows)
            kept |= bool(finite.any())
            for number in range(1, len(WEIGHTS)):
                if not finite.all():
                    finite |= try_rows(rows, number)[0]
            row = rows[~finite][:1]
            # Another row may have lost its own in a layer before.
            layer = try_rows(row)[1] if len(row) else None
            if layer is not None:
                parts = split.take(row, names)
                empty = [n for n in names if parts[n].ndim > 1 and not np.any(parts[n])]
                lost.append((int(split.numbers[row[0]]), layer, empty))
    return min(lost) if lost and kept else None


def tried(
    model: keras.Model, inputs: Any, count: int, number: int
) -> tuple[np.ndarray, str | None]:
    """For which examples no output is lost, `(count,)`, and which layer first gives one that is.

    Args:
        model: built.
        inputs: of it.
        count: of examples.
        number: which of `WEIGHTS` it has.
    """
    first: list[str] = []
    call = keras.layers.Layer.__call__

    def note(self: Any, *arguments: Any, **options: Any) -> Any:
        given = call(self, *arguments, **options)
        if not first and lost_in(given) and not lost_in((arguments, options)):
            first.append(self.name)
        return given

    with (
        keras.StatelessScope(list(harmless(model, number))),
        patched(keras.layers.Layer, "__call__", note),
    ):
        outputs = model(map_tree(ops.convert_to_tensor, inputs), training=False)
    finite = np.ones(count, bool)
    for output in keras.tree.flatten(outputs):
        numbers = ops.convert_to_numpy(ops.cast(output, "float32")).reshape(count, -1)
        finite &= [not is_lost(row) for row in numbers]
    return finite, first[0] if first else None


def harmless(model: keras.Model, number: int) -> Iterator[tuple[keras.Variable, Any]]:
    """The weights, and other variables that are no numbers by now, each with small numbers."""
    generator, scale = np.random.default_rng(number), WEIGHTS[number]
    for variable in model.variables:
        if not keras.backend.is_float_dtype(variable.dtype):
            continue
        if variable.trainable:
            values = scale * generator.normal(size=tuple(variable.shape))
            yield variable, ops.cast(values, variable.dtype)
        elif not bool(ops.all(ops.isfinite(variable.value))):
            # It may be a variance.
            yield variable, ops.full(variable.shape, scale, variable.dtype)


def is_lost(numbers: np.ndarray) -> bool:
    """Whether there is one that is none, or infinite; or nothing but -infinity.

    -infinity beside others is how the logits of what is left out are meant.
    """
    kept = np.isfinite(numbers)
    return numbers.size > 0 and not (kept | np.isneginf(numbers) & kept.any()).all()


def lost_in(tree: Any) -> bool:
    """Whether numbers with a point of a tree are lost."""
    return any(
        is_lost(ops.convert_to_numpy(ops.cast(leaf, "float32")))
        for leaf in keras.tree.flatten(tree)
        if ops.is_tensor(leaf)
        and keras.backend.is_float_dtype(keras.backend.standardize_dtype(leaf.dtype))
    )
