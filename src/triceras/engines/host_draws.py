"""Draws from Python's and NumPy's generators, which a compiled step does once and never again."""

import functools
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FunctionType, MethodType
from typing import Any

import keras
import numpy as np

from triceras.data.dataset import Split
from triceras.engines.contents import DEEP, FEW, around_methods, named_in, parts_of
from triceras.engines.model_parts import has_settings
from triceras.errors import UserError

CURE = (
    "make self.seed_generator = keras.random.SeedGenerator(seed) in __init__, and draw with "
    "keras.random.normal(shape, seed=self.seed_generator)"
)

# Whether another thread may draw from the generators of the process.
readers = False


@contextmanager
def refusing_host_draws(
    who: str, things: Iterable[Any], compiled: bool, cure: str = CURE
) -> Iterator[None]:
    """Refuses draws within from generators of the host, where a step is traced.

    Args:
        who: draws.
        things: what it is, or is made of, whose own generators are looked at as well.
        compiled: whether steps are to be compiled; others may draw.
        cure: what to do instead.

    Raises:
        UserError: there was one.
    """
    # Each is held for as long as it is compared: a step may let go of one.
    before = [(name, read, read()) for name, read in generators(things)] if compiled else []
    yield
    names = [name for name, read, state in before if read() != state]
    if names:
        raise UserError(
            f"{who} draws from {', '.join(names)}, which a compiled step does once and holds as a "
            f"constant: {cure}, or set compile=false"
        )


@contextmanager
def beside_readers(data: Split) -> Iterator[None]:
    """Where examples may be made in another thread while a step is traced.

    What they draw from the generators of the process is none of the step's.

    Args:
        data: those that are trained on.
    """
    global readers
    outside, readers = readers, readers or data.streamed
    try:
        yield
    finally:
        readers = outside


def generators(things: Iterable[Any]) -> Iterator[tuple[str, Callable[[], str]]]:
    """The generators of the host and of what somebody has written, each once.

    Returns:
        Of each what it is called, and what reads its state.
    """
    if not readers:
        yield "Python's random", lambda: repr(random.getstate())
        yield "numpy.random", lambda: repr(np.random.get_state(legacy=False))
    seen: set[int] = set()
    for thing in things:
        for name, generator in generators_in(thing, name_of(thing), seen):
            yield name, functools.partial(state_of, generator)


def name_of(thing: Any) -> str:
    """What a thing is called in a message."""
    return getattr(thing, "name", None) or getattr(thing, "__name__", type(thing).__name__)


def generators_in(
    value: Any, name: str, seen: set[int], depth: int = 0
) -> Iterator[tuple[str, Any]]:
    """The generators of what somebody has written, and what they are called.

    Args:
        value: looked into.
        name: of it.
        seen: the ids of what was looked into, as of objects that know of each other there is no
            end of ways to one.
        depth: how far it is from where it began.
    """
    if state_of(value):
        if id(value) not in seen:
            seen.add(id(value))
            yield name, value
    elif depth < DEEP and (not has_parts(value) or id(value) not in seen):
        own = depth == 0 or has_settings(value)
        parts = list(held(value).items() if own else enumerate(parts_of(value)))
        if parts and has_parts(value):
            seen.add(id(value))
        for place, part in parts if len(parts) <= FEW else ():
            yield from generators_in(part, f"{name}.{place}", seen, depth + 1)


def has_parts(value: Any) -> bool:
    """Whether a value is one that others may hold as well, and no number or text."""
    return hasattr(value, "__dict__") or isinstance(value, list | dict)


def held(thing: Any) -> dict[str, Any]:
    """The attributes of a thing, and what its methods, or it as a function, have around them."""
    if isinstance(thing, functools.partial | MethodType):
        return {str(place): part for place, part in enumerate(parts_of(thing))}
    if isinstance(thing, FunctionType):
        return named_in(thing)
    attributes = getattr(thing, "__dict__", {})
    if isinstance(thing, keras.Layer):
        # Of hundreds of layers what Keras notes of each would take a tenth of a second.
        known = of_each_layer()
        attributes = {name: part for name, part in attributes.items() if name not in known}
    return around_methods(type(thing)) | attributes


@functools.cache
def of_each_layer() -> frozenset[str]:
    """The attributes that Keras gives each layer."""
    # Named, as Keras would else count it, and the layers of the run would have other names.
    return frozenset(vars(keras.Layer(name="empty")))


def state_of(value: Any) -> str:
    """The state of a generator; nothing of anything else."""
    if isinstance(value, np.random.Generator):
        return repr(value.bit_generator.state)
    if isinstance(value, np.random.RandomState):
        return repr(value.get_state(legacy=False))
    return repr(value.getstate()) if isinstance(value, random.Random) else ""
