"""Threefry-2x32, the counter-based generator that every random number here comes from."""

from typing import Any

import numpy as np

from triceras.random import operations
from triceras.random.namespace import ops_for

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
KEY_PARITY = 0x1BD11BDA
ROUNDS = 20
ROUNDS_PER_INJECTION = 4


def threefry_2x32(key: tuple[Any, Any], counter: tuple[Any, Any], ops: Any = None) -> Any:
    """Encrypts a counter under a key: 64 random bits for every pair of the two.

    A pure function of integers, so all backends and NumPy agree on every bit. Arithmetic is int32
    that wraps around, because not every backend computes with uint32.

    Args:
        key: two int32 arrays, of a shape that broadcasts with the counter's and is not `()`.
        counter: two int32 arrays, likewise.
        ops: `keras.ops` or `numpy`; by default the one that the arguments belong to.

    Returns:
        Two int32 arrays, of the shape to which key and counter broadcast.

    Reference:
        [Salmon et al., 2011](https://doi.org/10.1145/2063384.2063405), Parallel random numbers: as
        easy as 1, 2, 3, section 3.2; constants and rotations as in its library, Random123.
    """
    ops = ops or ops_for(*key, *counter)
    if operations.threefry_2x32 is not None and ops is not np:
        words = operations.threefry_2x32(key, counter)
        if words is not None:
            return words
    return rounds(key, counter, ops)


def rounds(key: tuple[Any, Any], counter: tuple[Any, Any], ops: Any) -> tuple[Any, Any]:
    """The definition of `threefry_2x32`, in a namespace."""
    schedule = (*key, key[0] ^ key[1] ^ KEY_PARITY)
    x0, x1 = counter[0] + key[0], counter[1] + key[1]
    for i in range(ROUNDS):
        injection, position = divmod(i, ROUNDS_PER_INJECTION)
        x0 = x0 + x1
        x1 = rotate_left(x1, ROTATIONS[injection % 2][position], ops) ^ x0
        if position == ROUNDS_PER_INJECTION - 1:
            number = injection + 1
            x0 = x0 + schedule[number % 3]
            x1 = x1 + (schedule[(number + 1) % 3] + number)
    return x0, x1


def rotate_left(x: Any, distance: int, ops: Any) -> Any:
    """Rotates the bits of an int32, for a distance of 1 to 31."""
    # The shift to the right repeats the sign of an int32, which the mask takes off again.
    low = ops.bitwise_right_shift(x, 32 - distance) & ((1 << distance) - 1)
    return ops.bitwise_left_shift(x, distance) | low
