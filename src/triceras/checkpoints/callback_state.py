"""What callbacks remember: best values, counters of patience, the history of metrics."""

import contextlib
import copy
import enum
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from triceras.checkpoints.callback_changes import (
    Begun,
    constructor_arguments,
    is_plain,
    set_by_known,
)
from triceras.checkpoints.packing import can_be_packed, packed, unpacked
from triceras.errors import UserError

# What Keras itself puts into every callback.
FOREIGN = {"model", "_model", "params", "validation_data"}


def take(
    callbacks: Sequence[keras.callbacks.Callback], begun: Begun | None = None
) -> tuple[dict[str, np.ndarray], list]:
    """Copies what callbacks remember.

    A callback with the methods `get_state()` and `set_state(state)` says itself what that is. Of
    another one it is all attributes that are numbers, texts, arrays, or lists and dictionaries of
    these, but for the arguments of its constructor, which the configuration sets. Where these have
    changed in training, in a class that is none of Keras's, they are kept too; what changes there
    and cannot be kept is named in a warning.

    Args:
        callbacks: those that remember something.
        begun: how they were when training began; `None` where that is not known.

    Returns:
        Arrays by name, and a list of each callback's class and state, for JSON.
    """
    arrays: dict[str, np.ndarray] = {}
    document = [
        {
            "class": type(callback).__name__,
            "state": packed(state_of(callback, begun), arrays, "callbacks"),
        }
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
            # Checkpoints of before have some of these.
            for name in state.keys() - foreign_to(callback):
                setattr(callback, name, as_before(vars(callback).get(name), state[name]))


def foreign_to(callback: Any) -> set[str]:
    """The names of what Keras puts into a callback, or finds anew when it begins."""
    opens = isinstance(callback, keras.callbacks.CSVLogger)
    # Whether its file is empty.
    return FOREIGN | {"append_header"} if opens else FOREIGN


def as_before(before: Any, value: Any) -> Any:
    """A value in the kind of dictionary, list or enumeration that a new callback has for it."""
    if isinstance(before, enum.Enum) and type(value) is type(before.value):
        # It may have become a number that is none of these.
        with contextlib.suppress(ValueError):
            return type(before)(value)
    if isinstance(before, dict) and isinstance(value, dict) and type(before) is not dict:
        found = another(before)
        found.clear()
        found.update(value)
        return found
    if isinstance(before, list) and isinstance(value, list) and type(before) is not list:
        found = another(before)
        found[:] = value
        return found
    return value


def another(before: Any) -> Any:
    """One of the same kind, as two attributes may begin as one; itself where it has no copy."""
    try:
        return copy.copy(before)
    except (TypeError, copy.Error):
        # `defaultdict`, for one, gives its copies arguments that a class of one's own may not take.
        return before


def state_of(callback: Any, begun: Begun | None = None) -> dict[str, Any]:
    """What one callback remembers; see `take`."""
    if hasattr(callback, "get_state"):
        state = callback.get_state()
        if not can_be_packed(state):
            raise UserError(
                f"get_state of {type(callback).__name__} gives what no checkpoint can hold: give a "
                "dictionary of numbers, texts, arrays, and lists and dictionaries of these"
            )
        return state
    changed = begun.changed(callback) if begun else set()
    settings = set(constructor_arguments(type(callback))) - changed
    # Keras's classes turn some of theirs into what they need, anew in each process.
    own = set(constructor_arguments(type(callback), known=True))
    foreign = foreign_to(callback)
    settings |= foreign | (own - (changed - set_by_known(type(callback))))
    plain = {name: value for name, value in vars(callback).items() if is_plain(value)}
    if begun:
        begun.warn(callback, changed - foreign - plain.keys())
    return {name: value for name, value in plain.items() if name not in settings}
