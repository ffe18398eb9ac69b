"""Trees of names and of arrays: one, a list, or a dictionary of them, of any depth.

`keras.tree` does the same, and Keras cannot be imported before a backend is chosen.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any


def map_tree(function: Callable[[Any], Any], tree: Any) -> Any:
    """The tree with `function` of each leaf in its place."""
    if isinstance(tree, Mapping):
        return {name: map_tree(function, value) for name, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [map_tree(function, value) for value in tree]
    return function(tree)


def leaves(tree: Any) -> Iterator[Any]:
    """The leaves of a tree, in their order."""
    for _, leaf in named_leaves("", tree):
        yield leaf


def named_leaves(name: str, tree: Any) -> Iterator[tuple[str, Any]]:
    """The leaves of a tree, each with its place, as in `inputs.picture`.

    Args:
        name: of the whole.
        tree: any.
    """
    if isinstance(tree, Mapping):
        inner = tree.items()
    elif isinstance(tree, list | tuple):
        inner = enumerate(tree)
    else:
        yield name, tree
        return
    for key, value in inner:
        yield from named_leaves(f"{name}.{key}" if name else str(key), value)


def shapes(tree: Any) -> str:
    """The shapes of a tree of arrays, for messages."""
    if not isinstance(tree, Mapping | list | tuple):
        return str(tuple(tree.shape))
    return ", ".join(f"{name} {tuple(leaf.shape)}" for name, leaf in named_leaves("", tree))
