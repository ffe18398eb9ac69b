"""What callbacks remember: best values, counters of patience, the history of metrics."""

import inspect
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np

ARRAY = "__array__"
# What Keras itself puts into every callback.
FOREIGN = {"model", "_model", "params", "validation_data"}


def take(callbacks: Sequence[keras.callbacks.Callback]) -> tuple[dict[str, np.ndarray], list]:
    """Copies what callbacks remember.

    A callback with the methods `get_state()` and `set_state(state)` says itself what that is. Of
    another one it is all attributes that are numbers, texts, arrays, or lists and dictionaries of
    these, but for the arguments of its constructor, which the configuration sets.

    Returns:
        Arrays by name, and a list of each callback's class and state, for JSON.
    """
    arrays: dict[str, np.ndarray] = {}
    document = [
        {"class": type(callback).__name__, "state": packed(state_of(callback), arrays)}
        for callback in callbacks
    ]
    return arrays, document


def give(
    callbacks: Sequence[keras.callbacks.Callback], arrays: dict[str, np.ndarray], document: list
) -> None:
    """Gives callbacks back what `take` copied: each to the next one of the same class."""
    left: list[Any] = list(callbacks)
    for saved in document:
        callback = next((c for c in left if type(c).__name__ == saved["class"]), None)
        if callback is None:
            continue
        left.remove(callback)
        state = unpacked(saved["state"], arrays)
        if hasattr(callback, "set_state"):
            callback.set_state(state)
        else:
            for name, value in state.items():
                setattr(callback, name, value)


def state_of(callback: Any) -> dict[str, Any]:
    """What one callback remembers."""
    if hasattr(callback, "get_state"):
        return callback.get_state()
    settings = set(constructor_arguments(type(callback))) | FOREIGN
    return {
        name: value
        for name, value in vars(callback).items()
        if name not in settings and is_plain(value)
    }


def constructor_arguments(kind: type) -> Iterator[str]:
    """The names of the arguments of a class and of what it inherits from."""
    for parent in kind.__mro__:
        if "__init__" in vars(parent) and parent is not object:
            yield from inspect.signature(parent.__init__).parameters


def is_plain(value: Any) -> bool:
    """Whether a value is made of numbers, texts and arrays only."""
    if isinstance(value, list | tuple):
        return all(map(is_plain, value))
    if isinstance(value, dict):
        return all(isinstance(name, str) and is_plain(part) for name, part in value.items())
    if isinstance(value, np.ndarray | np.generic):
        return value.dtype.kind in "biuf"
    return value is None or isinstance(value, bool | int | float | str)


def packed(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    """A value for JSON, whose arrays are moved to `arrays`."""
    if isinstance(value, np.ndarray | np.generic):
        name = f"callbacks/{len(arrays):05d}"
        arrays[name] = np.array(value)
        return {ARRAY: name, "scalar": isinstance(value, np.generic)}
    if isinstance(value, dict):
        return {name: packed(part, arrays) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [packed(part, arrays) for part in value]
    return value


def unpacked(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    """Undoes `packed`."""
    if isinstance(value, dict) and ARRAY in value:
        array = arrays[value[ARRAY]]
        return array[()] if value["scalar"] else array
    if isinstance(value, dict):
        return {name: unpacked(part, arrays) for name, part in value.items()}
    if isinstance(value, list):
        return [unpacked(part, arrays) for part in value]
    return value
