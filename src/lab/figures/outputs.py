"""Finds one output of a model that may have several."""

from collections.abc import Mapping
from typing import Any

from triceras.errors import UserError


def output_named(name: str | None, tree: Any) -> Any:
    """One output, or the targets of one.

    Args:
        name: of the output; `None` for the only one.
        tree: a tensor, or a dictionary of them by output.

    Raises:
        UserError: there is none of this name, or there are several and it is not said which.
    """
    if name is None and not isinstance(tree, Mapping):
        return tree
    if not isinstance(tree, Mapping):
        raise UserError(f"output={name} of a figure: the model has one output, without a name")
    if name not in tree:
        raise UserError(f"output={name} of a figure is unknown: use one of {', '.join(tree)}")
    return tree[name]
