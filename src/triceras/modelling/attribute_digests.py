"""What the attributes of layers and of their objects hold, however deep, to be compared."""

import enum
import hashlib
from collections import deque
from collections.abc import Iterator
from types import MemberDescriptorType, NoneType
from typing import Any

import keras
import numpy as np

from triceras.bits import as_bytes
from triceras.engines.constants import array_of, is_number_tensor, of_keras
from triceras.engines.model_parts import WITH_VARIABLES, has_settings, is_own, layers_of
from triceras.engines.state import value_of

# What is equal where it is printed alike.
PRINTED = (NoneType, int, float, complex, str, bytes, bytearray, np.generic, enum.Enum)
COLLECTIONS = (dict, list, tuple, set, frozenset, deque)
# What TensorFlow notes of each attribute that is set.
OF_TENSORFLOW = "_self_"


class Digest:
    """A digest of all that a value holds.

    Collections and objects of people's own are looked into. Of other objects it says which they
    are.

    Args:
        value: anything.
        known: the ids of the variables that checkpoints have.
        looked_into: whether an object is, or it is only asked which one it is.
    """

    def __init__(self, value: Any, known: set[int], looked_into: bool = True):
        self.known = known
        # Else another object might get the number of one that is gone.
        self.alive: list[Any] = []
        self.places: dict[int, int] = {}
        self.hash = hashlib.blake2b(digest_size=16)
        # No calls within calls: a chain of objects may be longer than these may be deep.
        waiting = [value]
        if not looked_into:
            self.write_identity(waiting.pop())
        while waiting:
            waiting.extend(reversed(self.add(waiting.pop())))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Digest) and self.hash.digest() == other.hash.digest()

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def add(self, value: Any) -> list[Any]:
        """Adds one value; returns what it consists of, which is to be added next."""
        if isinstance(value, PRINTED):
            self.write(type(value), repr(value))
            return []
        array = self.numbers(value)
        if array is not None:
            self.write(type(value), array.shape, array.dtype.str)
            self.hash.update(as_bytes(array))
            return []
        parts = parts_of(value)
        if parts is not None and id(value) in self.places:
            self.write("again", self.places[id(value)])
            return []
        if parts is not None:
            self.places[id(value)] = len(self.places)
            self.write(type(value), len(parts))
        if not isinstance(value, (*COLLECTIONS, np.ndarray)):
            # What a library has written in C is not seen otherwise.
            self.write_identity(value)
        self.alive.append(value)
        return parts or []

    def numbers(self, value: Any) -> np.ndarray | None:
        """The numbers of an array, a tensor, or a variable that no checkpoint has."""
        # What is in a file stays there.
        if isinstance(value, np.ndarray) and not isinstance(value, np.memmap):
            return None if value.dtype.hasobject else value
        if isinstance(value, keras.Variable) and id(value) not in self.known:
            return value_of(value)
        return array_of(value) if is_number_tensor(value) else None

    def write_identity(self, value: Any) -> None:
        """Adds which object a value is."""
        self.alive.append(value)
        self.write(type(value), id(value))

    def write(self, *what: Any) -> None:
        """Adds what is the same in a process for what has not changed."""
        self.hash.update(repr(what).encode())


def parts_of(value: Any) -> list[Any] | None:
    """What a collection or an object of somebody's own consists of; `None` of anything else."""
    if isinstance(value, (*WITH_VARIABLES, np.memmap)):
        return None
    parts: list[Any] = []
    if isinstance(value, np.ndarray):
        parts = [value.shape, *value.reshape(-1).tolist()]
    elif isinstance(value, dict):
        parts = [part for pair in value.items() for part in pair]
    elif isinstance(value, set | frozenset):
        printed = all(isinstance(part, PRINTED) for part in value)
        parts = sorted(value, key=repr) if printed else list(value)
    elif isinstance(value, COLLECTIONS):
        parts = list(value)
    elif not has_settings(value) and not any("__slots__" in vars(k) for k in type(value).__mro__):
        return None
    return [*parts, *(part for pair in settings(value) for part in pair)]


def settings(value: Any) -> Iterator[tuple[str, Any]]:
    """The attributes of an object of somebody's own, which a collection may be too."""
    if has_settings(value):
        yield from vars(value).items()
    for kind in type(value).__mro__ if is_own(value) else ():
        for name, member in vars(kind).items() if "__slots__" in vars(kind) else ():
            if isinstance(member, MemberDescriptorType):
                try:
                    yield name, member.__get__(value)
                except AttributeError:  # nothing is in it
                    continue


def attribute_digests(model: Any) -> dict[tuple[int, str], tuple[str, Digest]]:
    """Digests of the attributes that are not Keras's own, of layers and of their objects.

    Args:
        model: built.

    Returns:
        By whose each is and what it is called there: its name for people, and the digest. Of an
        object whose attributes are among them it says which object it is.
    """
    known = {id(variable) for variable in model.variables}
    found = {}
    for _, name, layer in layers_of(model):
        for attribute, value in vars(layer).items():
            if attribute in of_keras(type(layer)) or attribute.startswith(OF_TENSORFLOW):
                continue
            place = f"{name}.{attribute}"
            inner = has_settings(value) and not isinstance(value, (*PRINTED, *COLLECTIONS))
            if is_own(layer) and not isinstance(value, WITH_VARIABLES):
                found[id(layer), attribute] = place, Digest(value, known, not inner)
            for part_name, part in vars(value).items() if inner else ():
                found[id(value), part_name] = f"{place}.{part_name}", Digest(part, known)
    return found
