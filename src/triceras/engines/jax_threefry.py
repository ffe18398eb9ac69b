"""Threefry on JAX, which is traced once for each shape, and in few operations."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from triceras.random import operations
from triceras.random.threefry import KEY_PARITY, ROTATIONS, ROUNDS, ROUNDS_PER_INJECTION

KNOWN = (jax.Array, np.ndarray, np.generic, int)


def install() -> None:
    """Has all random words of this process drawn so. Calling it again changes nothing."""
    operations.threefry_2x32 = threefry_2x32


def threefry_2x32(key: operations.Words, counter: operations.Words) -> operations.Words | None:
    """See `triceras.random.threefry`; `None` of what is no array."""
    known = all(isinstance(word, KNOWN) for word in (*key, *counter))
    return rounds(key, counter) if known else None


def words_after_rounds(key: operations.Words, counter: operations.Words) -> operations.Words:
    """What `triceras.random.threefry.rounds` defines, of which `keras.ops` takes longer to trace.

    Unlike other frameworks, JAX can shift zeros into an int32 from the left.
    """
    first, second, x0, x1 = jnp.broadcast_arrays(*[jnp.int32(a) for a in (*key, *counter)])
    schedule = (first, second, first ^ second ^ KEY_PARITY)
    x0, x1 = lax.add(x0, first), lax.add(x1, second)
    for i in range(ROUNDS):
        injection, position = divmod(i, ROUNDS_PER_INJECTION)
        x0 = lax.add(x0, x1)
        x1 = lax.bitwise_xor(rotate_left(x1, ROTATIONS[injection % 2][position]), x0)
        if position == ROUNDS_PER_INJECTION - 1:
            number = injection + 1
            x0 = lax.add(x0, schedule[number % 3])
            x1 = lax.add(x1, lax.add(schedule[(number + 1) % 3], np.int32(number)))
    return x0, x1


def rotate_left(x: Any, distance: int) -> Any:
    """Rotates the bits of an int32, for a distance of 1 to 31."""
    low = lax.shift_right_logical(x, np.int32(32 - distance))
    return lax.bitwise_or(lax.shift_left(x, np.int32(distance)), low)


# In a step that is traced it becomes the operations themselves.
rounds = jax.jit(words_after_rounds, inline=True)
