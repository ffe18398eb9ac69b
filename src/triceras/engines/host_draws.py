"""Draws from Python's and NumPy's generators, which a compiled step does once and never again."""

import functools
import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FunctionType, MethodType
from typing import Any

import keras
import numpy as np

from triceras.engines.contents import DEEP, FEW, around_methods, named_in, parts_of
from triceras.engines.model_parts import has_settings
from triceras.errors import UserError

CURE = (
    "make self.seed_generator = keras.random.SeedGenerator(seed) in __init__, and draw with "
    "keras.random.normal(shape, seed=self.seed_generator)"
)


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
    things = list(things)
    before = states(things) if compiled else {}
    yield
    if not compiled:
        return
    after = states(things)
    names = [name for name, (_, state) in before.items() if after[name][1] != state]
    if names:
        raise UserError(
            f"{who} draws from {', '.join(names)}, which a compiled step does once and holds as a "
            f"constant: {cure}, or set compile=false"
        )


def states(things: Iterable[Any]) -> dict[str, tuple[Any, str]]:
    """The generators of the host and of what somebody has written, by their names, each once.

    Returns:
        Of each itself, which is so kept for as long as it is compared, and its state.
    """
    found: dict[str, tuple[Any, str]] = {
        "Python's random": (random, repr(random.getstate())),
        "numpy.random": (np.random, repr(np.random.get_state(legacy=False))),
    }
    seen: set[int] = set()
    for thing in things:
        for name, generator in generators_in(thing, name_of(thing)):
            if id(generator) not in seen:
                seen.add(id(generator))
                found.setdefault(name, (generator, state_of(generator)))
    return found


def name_of(thing: Any) -> str:
    """What a thing is called in a message."""
    return getattr(thing, "name", None) or getattr(thing, "__name__", type(thing).__name__)


def generators_in(value: Any, name: str, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """The generators of what somebody has written, and what they are called."""
    if state_of(value):
        yield name, value
    elif depth < DEEP:
        own = depth == 0 or has_settings(value)
        parts = list(held(value).items() if own else enumerate(parts_of(value)))
        for place, part in parts if len(parts) <= FEW else ():
            yield from generators_in(part, f"{name}.{place}", depth + 1)


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
