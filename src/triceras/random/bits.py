"""Random words of 32 bits, and the uniform numbers that are made of their top 24."""

import math
from typing import Any

import numpy as np

from triceras.random import operations
from triceras.random.keys import DRAW, words_of
from triceras.random.namespace import cast, ops_for
from triceras.random.threefry import threefry_2x32

# As many bits as a float32 holds exactly.
UNIFORM_BITS = 24


def random_bits(key: Any, shape: Any, ops: Any = None) -> Any:
    """Draws 32 random bits for every element.

    Args:
        key: an integer array `(2,)`; see `keys`.
        shape: integers; on TensorFlow some may be scalar tensors.
        ops: `keras.ops` or `numpy`; by default the one that key and shape belong to.

    Returns:
        An int32 array of `shape`.
    """
    ops = ops or ops_for(key, *shape)
    size = math.prod(shape)
    if operations.random_bits is not None and ops is not np:
        bits = operations.random_bits(key, size)
        if bits is not None:
            return ops.reshape(bits, shape)
    counter = ops.arange((size + 1) // 2, dtype="int32")
    first, second = threefry_2x32(words_of(key, ops), (counter, DRAW), ops)
    return ops.reshape(ops.concatenate([first, second])[:size], shape)


def uniform_from_key(key: Any, shape: Any, ops: Any = None) -> Any:
    """Draws uniformly from [0, 1), the same bits wherever they are drawn.

    Args:
        key: an integer array `(2,)`; see `keys`.
        shape: integers; on TensorFlow some may be scalar tensors.
        ops: `keras.ops` or `numpy`; by default the one that key and shape belong to.

    Returns:
        A float32 array of `shape`, of multiples of 2^-24.
    """
    ops = ops or ops_for(key, *shape)
    top = ops.bitwise_right_shift(random_bits(key, shape, ops), 32 - UNIFORM_BITS)
    return cast(top & (2**UNIFORM_BITS - 1), "float32", ops) * 2.0**-UNIFORM_BITS
