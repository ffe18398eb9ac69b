"""Keras's global generator, from which is drawn where no seed is given."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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
