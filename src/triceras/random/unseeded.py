"""Keras's global generator, from which is drawn where no seed is given."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from keras.ops import convert_to_numpy
from keras.src.backend.common import global_state
from keras.src.random.seed_generator import GLOBAL_SEED_GENERATOR, global_seed_generator


def unseeded() -> Any:
    """The generator to draw from where no seed is given.

    Raises:
        ValueError: JAX is tracing a function which would not keep what it draws.
    """
    generator = global_state.get_global_attribute(GLOBAL_SEED_GENERATOR)
    # Keras refuses to draw from it while JAX traces, even where a model carries its state.
    return generator if getattr(generator, "carried", False) else global_seed_generator()


@contextmanager
def undone_by_errors(own: Callable[[Any], bool]) -> Iterator[None]:
    """Leaves the generator as it was where an error comes up, which may be in the midst of a trace.

    One that was made there has a state without numbers, on which every later draw would fail; one
    that was advanced would give the next training other numbers.

    Args:
        own: whether a generator is one of what draws, which is left as it is.
    """
    before = random.getstate()
    generator: Any = global_state.get_global_attribute(GLOBAL_SEED_GENERATOR)
    kept = None
    if generator is not None and not own(generator):
        kept = convert_to_numpy(generator.state.value)
    try:
        yield
    except BaseException:
        if generator is None:
            global_state.set_global_attribute(GLOBAL_SEED_GENERATOR, None)
            random.setstate(before)
        elif kept is not None:
            generator.state.assign(kept)
        raise


@contextmanager
def making_unseeded() -> Iterator[list[Any]]:
    """Has the generator there, as it cannot be made within a step.

    Yields:
        A list. If the generator is in it at the end, it is one that a model carries from then on;
        else, and if it was not there before, it is gone as if it had never been.
    """
    before = random.getstate()
    existed = global_state.get_global_attribute(GLOBAL_SEED_GENERATOR) is not None
    generator: Any = global_seed_generator()
    carried = getattr(generator, "carried", False)
    generator.carried = True
    used: list[Any] = []
    try:
        yield used
    finally:
        drawn = any(other is generator for other in used)
        generator.carried = carried or drawn
        if not existed and not drawn:
            global_state.set_global_attribute(GLOBAL_SEED_GENERATOR, None)
            random.setstate(before)
