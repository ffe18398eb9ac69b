"""Explicit keys: every stream of random numbers is named by two 32-bit integers."""

from typing import Any

import numpy as np

from triceras.random.namespace import cast, ops_for
from triceras.random.threefry import threefry_2x32

# The second word of the counter says what a block is for, so that no two uses share one.
DRAW, FOLD_IN, SPLIT = 0, 1, 2


def key_of(seed: int) -> np.ndarray:
    """The key of an integer seed; below 2^32 the same one that Keras makes of it.

    Args:
        seed: an integer, of which the lowest 64 bits count.

    Returns:
        An int32 array `(2,)` on the host.
    """
    words = np.array([seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF], "uint32")
    return words.astype("int32")


def fold_in(key: Any, number: Any) -> Any:
    """Derives a key from a key and a number; different numbers give independent keys.

    Args:
        key: an integer array `(2,)`, on the host or a tensor.
        number: an integer or an integer scalar tensor, of which the lowest 32 bits count.

    Returns:
        An int32 array `(2,)`: on the host if both arguments are, else a tensor.
    """
    ops = ops_for(key, number)
    if isinstance(number, int):
        number = key_of(number)[0]
    counter = ops.reshape(cast(number, "int32", ops), (1,))
    return ops.concatenate(threefry_2x32(words_of(key, ops), (counter, FOLD_IN), ops))


def split(key: Any, n: int) -> Any:
    """Derives `n` independent keys from one.

    Args:
        key: an integer array `(2,)`, on the host or a tensor.
        n: how many.

    Returns:
        An int32 array `(n, 2)`.
    """
    ops = ops_for(key)
    counter = ops.arange(n, dtype="int32")
    return ops.stack(threefry_2x32(words_of(key, ops), (counter, SPLIT), ops), axis=-1)


def words_of(key: Any, ops: Any) -> tuple[Any, Any]:
    """The two words of a key, int32 arrays `(1,)`, as Threefry takes them."""
    key = cast(key, "int32", ops)
    return key[0:1], key[1:2]
