"""A configuration as the flat table of hyperparameters that trackers know."""

from collections.abc import Mapping, Sequence
from typing import Any

NOTHING = "null"


def flattened(config: Any, prefix: str = "") -> dict[str, bool | int | float | str]:
    """A nested configuration as one dictionary of dotted names.

    Args:
        config: dictionaries and lists in each other, and plain values.
        prefix: the name of what it is a part of.

    Returns:
        Its values; a list of plain ones is a text, and one of dictionaries has names such as
        `metrics.0.name`.
    """
    if isinstance(config, Mapping):
        parts = config.items()
    elif is_list(config) and any(isinstance(part, Mapping) or is_list(part) for part in config):
        parts = enumerate(config)
    else:
        return {prefix: leaf(config)}
    found = {}
    for name, value in parts:
        found |= flattened(value, f"{prefix}.{name}" if prefix else str(name))
    return found


def leaf(value: Any) -> bool | int | float | str:
    """A plain value, or a list of them."""
    if value is None:
        return NOTHING
    if is_list(value):
        return f"[{', '.join(str(leaf(part)) for part in value)}]"
    return value if isinstance(value, bool | int | float) else str(value)


def is_list(value: Any) -> bool:
    """Whether a value is a list, and no text."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)
