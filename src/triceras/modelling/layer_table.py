"""What a model is made of: a table of its layers, shapes and parameters."""

import contextlib
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import keras
from keras.src.backend import compute_output_spec

from triceras.engines.once import keeping_flags
from triceras.modelling.layer_names import named_layers
from triceras.patching import patched

# Of each array that a layer returns, with `None` where a size is open.
Shapes = tuple[tuple[int | None, ...], ...]


class Row(NamedTuple):
    """A layer.

    Args:
        depth: how many layers it is within.
        name: its own.
        kind: its class.
        output: the shapes of what it returns when it is called first, or nothing.
        parameters: how many it has, with those of the layers within it.
        trained: how many of these are.
        factor: of the optimizer's learning rate, where it is not 1.
    """

    depth: int
    name: str
    kind: str
    output: str
    parameters: int
    trained: int
    factor: str


def rows_of(
    model: keras.Model,
    inputs: Any,
    factors: Mapping[int, tuple[Any, float]],
    shapes: Mapping[int, Shapes] | None = None,
) -> list[Row]:
    """A row for each layer of a model.

    Args:
        model: built.
        inputs: what it is called with, of `keras.KerasTensor`s.
        factors: by `id` of a variable, it and the factor of its learning rate.
        shapes: of what layers return, by `id`, as `noting_shapes` has found them; where a layer has
            none, as one that a training step does not call, the model is traced.
    """
    layers = list(named_layers(model))
    shapes = dict(shapes or {})
    if any(id(layer) not in shapes for _, layer in layers):
        shapes |= output_shapes(model, inputs)
    rows = []
    for path, layer in layers:
        trained = [v for v in layer.weights if v.trainable]
        own = sorted({factors[id(v)][1] for v in layer.weights if id(v) in factors})
        rows.append(
            Row(
                path.count("/"),
                layer.name,
                type(layer).__name__,
                " ".join(map(str, shapes.get(id(layer), ()))),
                size(layer.weights),
                size(trained),
                ", ".join(f"x{factor:g}" for factor in own),
            )
        )
    return rows


def size(variables: Sequence[Any]) -> int:
    """How many numbers variables hold."""
    return sum(math.prod(variable.shape) for variable in variables)


def output_shapes(model: Any, inputs: Any) -> dict[int, Shapes]:
    """The shapes of what layers return, by `id`, found without computing anything.

    What a call cannot be traced through leaves out those that come after it.
    """
    shapes: dict[int, Shapes] = {}

    def traced(x: Any) -> Any:
        # On PyTorch Keras traces twice, with two numbers in the place of a size that is open.
        again: dict[int, Shapes] = {}
        try:
            with noting_shapes(again):
                return model(x, training=False)
        finally:
            for key, shape in again.items():
                shapes[key] = open_where_apart(shapes.get(key, shape), shape)

    with keeping_flags(model), contextlib.suppress(Exception):
        compute_output_spec(traced, inputs)
    return shapes


def open_where_apart(one: Shapes, other: Shapes) -> Shapes:
    """Shapes with `None` for each size that is another one in other shapes of the same ranks."""
    if list(map(len, one)) != list(map(len, other)):
        return one
    return tuple(
        tuple(a if a == b else None for a, b in zip(*pair, strict=True))
        for pair in zip(one, other, strict=True)
    )


@contextlib.contextmanager
def noting_shapes(shapes: dict[int, Shapes]) -> Iterator[None]:
    """Notes the shapes of what each layer returns when it is called first."""
    original = keras.Layer.__call__

    def call(layer: keras.Layer, *args: Any, **kwargs: Any) -> Any:
        output = original(layer, *args, **kwargs)
        leaves = [leaf for leaf in keras.tree.flatten(output) if hasattr(leaf, "shape")]
        shapes.setdefault(id(layer), tuple(shape_of(leaf) for leaf in leaves))
        return output

    with patched(keras.Layer, "__call__", call):
        yield


def shape_of(tensor: Any) -> tuple[int | None, ...]:
    """The shape of a tensor, with `None` where it is open, whatever a backend calls that."""
    return tuple(size if isinstance(size, int) else None for size in tensor.shape)


def table_of(model: keras.Model, rows: Sequence[Row], deepest: int | None = None) -> list[str]:
    """The lines of a table, a line for each layer, with the sums under it.

    Args:
        model: which it is of.
        rows: `rows_of` it.
        deepest: leaves out layers within more layers than these; `None` for none.
    """
    shown = [row for row in rows if deepest is None or row.depth <= deepest]
    head = ["layer", "kind", "output", "parameters", "trained", "rate"]
    cells = [
        [
            "  " * row.depth + row.name,
            row.kind,
            row.output,
            f"{row.parameters:,}",
            f"{row.trained:,}",
            row.factor,
        ]
        for row in shown
    ]
    columns = 6 if any(row.factor for row in rows) else 5
    widths = [max(len(line[i]) for line in [head, *cells]) for i in range(columns)]
    lines = [
        "  ".join(
            cell.rjust(width) if 3 <= i < 5 else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line[:columns], widths, strict=True))
        ).rstrip()
        for line in [head, *cells]
    ]
    return [*lines, totals(model)]


def totals(model: keras.Model) -> str:
    """How many parameters there are, each counted once."""
    every, trained = size(model.weights), size(model.trainable_weights)
    return f"{model.name}: {every:,} parameters, {trained:,} trained, {every - trained:,} not"
