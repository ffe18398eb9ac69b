"""How tests say that two things are not the same, without a page of numbers."""

from collections.abc import Iterable, Mapping
from typing import Any

import keras
import numpy as np


def host(tree: Any) -> list[np.ndarray]:
    """Copies of all tensors of a structure."""
    flat = keras.tree.flatten(tree)
    return [np.array(a if isinstance(a, float) else keras.ops.convert_to_numpy(a)) for a in flat]


def differing(first: Iterable[tuple[str, Any]], second: Iterable[tuple[str, Any]]) -> list[str]:
    """The names of what differs in a bit; each is a pair of a name and an array."""
    one, other = list(first), list(second)
    if len(one) != len(other):
        return [f"{len(one)} before and {len(other)} after"]
    return [
        name
        for (name, a), (_, b) in zip(one, other, strict=True)
        if not np.array_equal(*map(np.asarray, (a, b)), equal_nan=np.asarray(a).dtype.kind == "f")
    ]


def plain(config: Any) -> Any:
    """A configuration as it is saved: lists for tuples, and no numbers of objects."""
    if isinstance(config, Mapping):
        return {str(k): plain(v) for k, v in config.items() if k != "shared_object_id"}
    return [plain(v) for v in config] if isinstance(config, list | tuple) else config


def relative(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """`|one - other| / |one|` of each number, 0 where both are the same."""
    a, b = (np.asarray(array, "float64") for array in (one, other))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(a == b, 0.0, np.abs(a - b) / np.abs(a))
