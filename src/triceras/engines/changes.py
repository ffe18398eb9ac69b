"""Which of a model's constants callbacks have changed, and what they were: no variable says so."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from triceras.bits import LARGE
from triceras.engines.constants import (
    SCALARS,
    Constant,
    array_of,
    each_constant,
    has_few,
    is_number_tensor,
    mark,
    marks,
)
from triceras.engines.elsewhere import is_small
from triceras.engines.model_parts import has_settings
from triceras.engines.state import value_of
from triceras.engines.versions import Version, version_of, version_of_tensor

# Keras tracks what is set as usual.
ATTRIBUTE = "_changes_of_constants"
# The value of what an object did not have at first, and of what it had that was no constant.
ABSENT, OTHER = object(), object()
# Of large arrays, by the names of the constants, with their marks.
Copies = dict[str, tuple[Any, np.ndarray]]


class Changes:
    """The constants that were changed in hooks of callbacks, one hook within another.

    `first` has what each was before; `None` for one that was not there, or `ABSENT` or `OTHER` as
    its value where the object that has it was. `adapted` has the names of those that the model's
    own `adapt` has set, before there was a step.
    """

    def __init__(self):
        self.first: dict[str, Constant | None] = {}
        self.adapted: set[str] = set()
        self.begun: list[Marked] = []
        self.copies: Copies = {}

    def begin(self, model: Any) -> None:
        """To be called before a hook."""
        self.begun.append(Marked(model, self.copies))
        self.copies = self.begun[-1].copies

    def end(self, model: Any) -> list[str]:
        """To be called after it; returns what it has changed."""
        begun = self.begun.pop()
        changed = begun.changed(model)
        for name, constant in begun.of(changed, model).items():
            self.first.setdefault(name, constant)
        return changed

    def note(self, name: str, constant: Constant | None) -> None:
        """Notes that a constant is about to be changed, by a checkpoint; `None` if it is new."""
        if self.begun:
            begun = self.begun[0]
            absent = absent_before([constant] if constant else [], begun.settings)
            first = begun.constants.get(name) or next(absent, None)
        else:
            first = constant and constant._replace(value=copy_of(constant.value))
        self.first.setdefault(name, first)

    def so_far(self, model: Any) -> dict[str, Constant | None]:
        """All that is other than it was at first, by a hook under way too, as it was."""
        # What comes within a hook is a difference from the outer one's beginning as well.
        begun = self.begun[0] if self.begun else None
        names = begun.changed(model) if begun else []
        first = {**(begun.of(names, model) if begun else {}), **self.first}
        now = marks(model) if first else {}
        return {n: c for n, c in first.items() if c is None or mark(c.value) != now.get(n)}


class Marked:
    """The constants of a model at one moment.

    Args:
        model: compiled and built.
        copies: those of an earlier moment, of which copies of large arrays are taken again that
            have not changed: it takes as long to copy one as to compare it.
    """

    def __init__(self, model: Any, copies: Copies):
        found = list(each_constant(model))
        self.marks = {c.name: mark(c.value) for c in found}
        self.settings = settings_of(found)
        self.constants: dict[str, Constant] = {}
        self.copies: Copies = {}
        for constant in found:
            name, value = constant.name, constant.value
            if isinstance(value, np.ndarray) and value.nbytes > LARGE:
                marked, copy = copies.get(name, (None, None))
                if copy is None or marked != self.marks[name]:
                    copy = copy_of(value)
                self.copies[name] = self.marks[name], copy
            else:
                copy = copy_of(value)
            self.constants[name] = constant._replace(value=copy)

    def changed(self, model: Any) -> list[str]:
        """The names of what is other now."""
        now = marks(model)
        names = self.marks | now
        return [name for name in names if self.marks.get(name) != now.get(name)]

    def of(self, names: Sequence[str], model: Any) -> dict[str, Constant | None]:
        """The constants of some names as they were; see `Changes.first`."""
        added = {name for name in names if name not in self.constants}
        now = [c for c in each_constant(model) if c.name in added] if added else []
        absent = {c.name: c for c in absent_before(now, self.settings)}
        return {name: self.constants.get(name, absent.get(name)) for name in names}


def settings_of(found: Collection[Constant]) -> dict[int, dict[str, bool]]:
    """Of the objects among constants, by their numbers, each attribute and if it is a constant."""
    constants = {(id(c.owner), c.attribute) for c in found}
    return {
        id(c.value): {name: (id(c.value), name) in constants for name in vars(c.value)}
        for c in found
        if has_settings(c.value)
    }


def absent_before(
    now: Iterable[Constant], before: Mapping[int, Mapping[str, bool]]
) -> Iterator[Constant]:
    """Those constants of objects that were there before and are no constants from before.

    Args:
        now: constants of which there were none by their names.
        before: what `settings_of` gave then.

    Yields:
        Each with `ABSENT` or `OTHER` as its value.
    """
    for constant in now:
        settings = before.get(id(constant.owner))
        if settings is not None and not settings.get(constant.attribute, False):
            there = constant.attribute in settings
            yield constant._replace(value=OTHER if there else ABSENT)


def changes_of(model: Any) -> Changes:
    """What was changed of a model."""
    if ATTRIBUTE not in vars(model):
        object.__setattr__(model, ATTRIBUTE, Changes())
    return vars(model)[ATTRIBUTE]


def copy_of(value: Any) -> Any:
    """A value that does not change with the one that it is of; functions and objects themselves.

    Of a large variable or tensor it is its version alone, which says whether it has changed, and of
    an array that is in a file the array itself.
    Keras's own lists and dictionaries would be copied with all that they belong to.
    """
    if type(value) in SCALARS:
        return value
    if isinstance(value, keras.Variable):
        return value_of(value) if is_small(value) else version_of(value)
    if isinstance(value, Version):
        return value
    if isinstance(value, np.ndarray):
        return value if isinstance(value, np.memmap) else value.copy()
    if is_number_tensor(value):
        return array_of(value) if has_few(value) else version_of_tensor(value)
    if isinstance(value, dict):
        return {name: copy_of(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        parts = map(copy_of, value)
        return tuple(parts) if isinstance(value, tuple) else list(parts)
    if isinstance(value, set):
        return set(value)
    return value
