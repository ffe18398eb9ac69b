"""Threefry on JAX, which is traced once for each shape and not wherever numbers are drawn."""

import functools

import jax
import keras
import numpy as np

from triceras.random import operations, threefry

KNOWN = (jax.Array, np.ndarray, np.generic, int)


def install() -> None:
    """Has all random words of this process drawn so. Calling it again changes nothing."""
    operations.threefry_2x32 = threefry_2x32


def threefry_2x32(key: operations.Words, counter: operations.Words) -> operations.Words | None:
    """See `triceras.random.threefry`; `None` of what is no array."""
    known = all(isinstance(word, KNOWN) for word in (*key, *counter))
    return rounds(key, counter) if known else None


# In a step that is traced it becomes the same operations as the definition.
rounds = jax.jit(functools.partial(threefry.rounds, ops=keras.ops), inline=True)
