"""The layers of a model by name, those within others too, and patterns that choose some."""

import fnmatch
from collections.abc import Iterator, Sequence
from typing import Any

import keras

from triceras.errors import UserError
from triceras.nearest import nearest
from triceras.shortened import shortened


def named_layers(model: keras.Model) -> list[tuple[str, Any]]:
    """All layers of a model with their paths, each once, the outer before those within it.

    Args:
        model: built.

    Returns:
        Pairs of a path, the name of the layer after those of the layers that hold it
        (`backbone/block/conv`), and the layer. What takes inputs in is none of them.
    """
    return list(walk(model, "", {id(model)}))


def walk(layer: Any, prefix: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    """The layers within one."""
    for inner in layer._layers:
        if id(inner) in seen or isinstance(inner, keras.layers.InputLayer):
            continue
        seen.add(id(inner))
        path = f"{prefix}{inner.name}"
        yield path, inner
        yield from walk(inner, f"{path}/", seen)


def matches(path: str, pattern: str) -> bool:
    """Whether a pattern means a layer, by its path or by its own name.

    Args:
        path: of the layer.
        pattern: a name, in which `*` stands for anything, slashes included.
    """
    return any(fnmatch.fnmatchcase(name, pattern) for name in (path, path.rpartition("/")[2]))


def chosen(model: keras.Model, patterns: Sequence[str], key: str) -> list[tuple[str, Any]]:
    """The layers that patterns mean, with their paths.

    Args:
        model: built.
        patterns: one at least of which must fit a layer for each layer that is wanted.
        key: where the patterns stand, for messages.

    Raises:
        UserError: a pattern fits no layer.
    """
    layers = named_layers(model)
    for pattern in patterns:
        if not any(matches(path, pattern) for path, _ in layers):
            raise UserError(f"{key}: no layer is called {pattern}: {hint(pattern, layers)}")
    return [(path, layer) for path, layer in layers if any(matches(path, p) for p in patterns)]


def hint(pattern: str, layers: Sequence[tuple[str, Any]]) -> str:
    """What may have been meant, or what there is."""
    paths = [path for path, _ in layers]
    near = nearest(pattern, [*paths, *(path.rpartition("/")[2] for path in paths)])
    return f"did you mean {' or '.join(near)}?" if near else f"there are {shortened(paths)}"


def patterns_of(value: Any, key: str) -> list[str]:
    """Patterns as a person gives them, one or a list of them.

    Raises:
        UserError: they are something else.
    """
    found = [value] if isinstance(value, str) else value
    if found is None:
        return []
    if not isinstance(found, Sequence) or not all(isinstance(one, str) for one in found):
        raise UserError(f"{key}={value} names no layers: give a list, for example {key}=[dense]")
    return list(found)
