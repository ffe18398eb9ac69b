"""What of a callback has changed since training began, and which of that no checkpoint keeps."""

import dis
import inspect
import itertools
import logging
import random
from collections import deque
from collections.abc import Iterator, Sequence
from types import FunctionType
from typing import Any, NamedTuple

import keras
import numpy as np

from triceras.bits import bits_of
from triceras.engines.constants import each_constant
from triceras.engines.model_parts import FUNCTIONS
from triceras.engines.objective import objectives_of
from triceras.engines.state import state_variables, value_of

log = logging.getLogger(__name__)

# Whose classes keep in order themselves what they change of their settings.
KNOWN = ("keras.", "triceras.")
# What of Keras's holds variables.
HOLDING = (keras.Layer, keras.metrics.Metric, keras.optimizers.Optimizer)
# More of a collection is not compared, but for how many there are.
SOME, DEEP = 1000, 8


class Begun:
    """How the callbacks were when training began.

    Args:
        callbacks: all `on_train_begin` are over, and nothing is given back to them yet.
    """

    def __init__(self, callbacks: Sequence[keras.callbacks.Callback]):
        own = [callback for callback in callbacks if not is_known(type(callback))]
        # With the callbacks, whose numbers would else be given to others.
        self.before = {id(callback): (callback, marks(callback)) for callback in own}
        self.warned: set[tuple[str, str]] = set()

    def changed(self, callback: Any) -> set[str]:
        """The names of the attributes that are others than they were; see `marks`."""
        _, before = self.before.get(id(callback), (None, None))
        if before is None:
            return set()
        now = marks(callback)
        return {name for name in now if name not in before or before[name] != now[name]}

    def warn(self, callback: Any, names: set[str]) -> None:
        """Says, once of each, which attributes are not in the checkpoints though they change."""
        kind = type(callback)
        for name in sorted(names - handled_by_known(kind)):
            if (kind.__name__, name) not in self.warned:
                log.warning(
                    "%s of %s is not kept in checkpoints: give it get_state and set_state",
                    name,
                    kind.__name__,
                )
                self.warned.add((kind.__name__, name))


def is_known(kind: type) -> bool:
    """Whether a class is one of Keras's or of the engine room's."""
    return kind.__module__.startswith(KNOWN)


def handled_by_known(kind: type) -> set[str]:
    """The names that the methods of Keras's classes use, of those that a class inherits from."""
    return {
        name
        for parent in kind.__mro__
        if is_known(parent)
        for method in vars(parent).values()
        if isinstance(method, FunctionType)
        for name in method.__code__.co_names
    }


def set_by_known(kind: type) -> set[str]:
    """The names of the attributes that the methods of Keras's classes set after construction."""
    return {
        instruction.argval
        for parent in kind.__mro__
        if is_known(parent)
        for name, method in vars(parent).items()
        if isinstance(method, FunctionType) and name != "__init__"
        for instruction in dis.get_instructions(method)
        if instruction.opname == "STORE_ATTR"
    }


def constructor_arguments(kind: type, known: bool = False) -> Iterator[str]:
    """The names of the arguments of a class and of what it inherits from.

    Args:
        kind: the class.
        known: of Keras's classes and the engine room's alone.
    """
    for parent in kind.__mro__:
        if "__init__" in vars(parent) and parent is not object and (not known or is_known(parent)):
            yield from inspect.signature(parent.__init__).parameters


def is_plain(value: Any) -> bool:
    """Whether a value is made of numbers, texts and arrays only."""
    if isinstance(value, list | tuple):
        # Of a named one the names would be lost.
        return not hasattr(value, "_fields") and all(map(is_plain, value))
    if isinstance(value, dict):
        return all(isinstance(name, str) and is_plain(part) for name, part in value.items())
    # A text of NumPy's is one of Python's too, which its array is not.
    if isinstance(value, np.ndarray | np.generic) and not isinstance(value, str):
        return value.dtype.kind in "biufc" or is_short_float(value.dtype)
    return value is None or isinstance(value, bool | int | float | str)


def is_short_float(dtype: np.dtype) -> bool:
    """Whether a type is one of those that NumPy lacks, as bfloat16 is."""
    return dtype.name.startswith(("bfloat", "float8"))


class Itself:
    """Something that is equal to itself alone."""

    def __init__(self, value: Any):
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Itself) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)


class Owner(NamedTuple):
    """Whose attributes are marked.

    Args:
        package: of its class. Of a class of the same one it is known that nobody else keeps it.
        kept: the numbers of the variables and objects that a checkpoint keeps with the model.
        seen: those of the callback and of the objects that were found.
        found: the objects whose attributes are to be marked, too.
    """

    package: str
    kept: frozenset[int]
    seen: set[int]
    found: list[Any]


NOBODY = Owner("", frozenset(), set(), [])


def package_of(thing: Any) -> str:
    """The outermost package of the class of something."""
    return type(thing).__module__.partition(".")[0]


def kept_with(model: Any) -> frozenset[int]:
    """The numbers of what a checkpoint of a model keeps: variables, and what has its constants."""
    if model is None:
        return frozenset()
    objectives = objectives_of(model)
    optimizers = [v for objective in objectives for v in objective.optimizer.variables]
    owners = [c.owner for c in each_constant(model) if c.owner is not None]
    return frozenset(map(id, [*state_variables(model, objectives), *optimizers, *owners]))


def marks(callback: Any) -> dict[str, Any]:
    """A mark of each attribute that is not kept in any case, by its name."""
    settings = set(constructor_arguments(type(callback)))
    package, kept = package_of(callback), kept_with(callback._model)
    return {
        name: mark_with_objects(value, Owner(package, kept, {id(callback)}, []))
        for name, value in vars(callback).items()
        if name in settings or not is_plain(value)
    }


def mark_with_objects(value: Any, owner: Owner) -> Any:
    """The mark of a value and of all attributes of the owner's objects to which it leads."""
    first = mark(value, owner=owner)
    # Each once, as of objects that know of each other there is no end of ways to one.
    return first, *(mark(vars(one), owner=owner) for one in itertools.islice(owner.found, SOME))


def mark(value: Any, depth: int = 0, owner: Owner = NOBODY) -> Any:
    """What is equal for values that are equal, and can be hashed.

    Of objects it is identity, and of those with variables what these hold. Objects of the owner's
    package are added to those that were found.
    """
    if id(value) in owner.kept or isinstance(value, np.memmap):
        # What is in a file is not read: it may be larger than the memory.
        return Itself(value)
    if isinstance(value, keras.Variable):
        return mark(value_of(value))
    if isinstance(value, keras.random.SeedGenerator):
        return mark(value.state, owner=owner)
    if isinstance(value, HOLDING):
        return Itself(value), *(mark(v, owner=owner) for v in value.variables)
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind != "O":
        return value.shape, value.dtype.str, bits_of(np.asarray(value))
    if isinstance(value, np.random.Generator):
        return repr(value.bit_generator.state)
    if isinstance(value, np.random.RandomState):
        return repr(value.get_state(legacy=False))
    if isinstance(value, random.Random):
        return value.getstate()
    if depth < DEEP and isinstance(value, dict | list | tuple | set | frozenset | deque):
        # Not the pairs of a dictionary, which are others each time.
        pairs = value.items() if isinstance(value, dict) else None
        items = value if pairs is None else itertools.chain.from_iterable(pairs)
        most = SOME if pairs is None else 2 * SOME
        marks = [mark(item, depth + 1, owner) for item in itertools.islice(items, most)]
        kept = frozenset(marks) if isinstance(value, set | frozenset) else tuple(marks)
        return type(value), len(value), kept
    if value is None or isinstance(value, bool | int | float | complex | str | bytes):
        # NaN is not equal to itself, and 1 is to True.
        return type(value), repr(value)
    own = has_attributes(value) and package_of(value) == owner.package
    if own and id(value) not in owner.seen:
        owner.seen.add(id(value))
        owner.found.append(value)
    return Itself(value)


def has_attributes(value: Any) -> bool:
    """Whether something has attributes that code sets in the course of training."""
    return hasattr(value, "__dict__") and not isinstance(value, (type, *FUNCTIONS))
