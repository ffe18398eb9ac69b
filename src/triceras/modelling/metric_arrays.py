"""A metric whose result is an array with one axis, as one number for each class."""

from collections.abc import Mapping
from typing import Any


def one_by_one(results: Mapping[Any, Any]) -> dict[Any, Any]:
    """Results by name, in which `name_0` and `name_1` are those of an array with one axis.

    That of an array of one number is called as the metric is. Keras's `fit` leaves an array in its
    history, where neither a table nor a callback that watches a number has a use for it.
    """
    found: dict[Any, Any] = {}
    for name, result in results.items():
        if isinstance(result, dict):
            found[name] = one_by_one(result)
        elif isinstance(name, str) and (count := length(result)):
            places = [f"{name}_{place}" for place in range(count)] if count > 1 else [name]
            found |= {called: result[place] for place, called in enumerate(places)}
        else:
            found[name] = result
    return found


def length(result: Any) -> int | None:
    """Of an array with one axis, else `None`."""
    shape = getattr(result, "shape", None)
    return shape[0] if shape is not None and len(shape) == 1 else None
