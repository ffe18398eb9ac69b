"""Which parts of the data a model looks up in its tables, found without computing anything."""

import contextlib
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

import keras
from keras.src.backend import compute_output_spec
from keras.src.models.functional import Functional

from triceras.data.dataset import Dataset
from triceras.data.tree import named_leaves
from triceras.engines.once import keeping_flags
from triceras.modelling.build import signature
from triceras.patching import patched

# With as many examples a model is traced.
EXAMPLES = 2


class Lookup(NamedTuple):
    """A part of the data that a table is given as it is.

    Args:
        part: its name.
        table: whose rows it numbers.
    """

    part: str
    table: keras.layers.Embedding


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
    """Notes which tensors are looked up as they are, or in the type of an input or of a layer.

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
    cast = keras.DTypePolicy.convert_input

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

    def casting(policy: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        after = cast(policy, x, *args, **kwargs)
        if id(x) in known:
            known[id(after)] = known[id(x)][0], after
        return after

    with (
        patched(keras.layers.Embedding, "call", noting),
        patched(Functional, "_convert_inputs_to_tensors", following),
        patched(keras.DTypePolicy, "convert_input", casting),
    ):
        yield
