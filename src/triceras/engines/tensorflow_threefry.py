"""Threefry on TensorFlow: traced once for all shapes, and called wherever a step draws."""

import functools
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from triceras.random import operations, threefry

KNOWN = (tf.Tensor, tf.Variable, np.ndarray, np.generic, int)
OPEN: Any = None
ANY_SHAPE = tf.TensorSpec(OPEN, "int32")


def install() -> None:
    """Has all random words of this process drawn so. Calling it again changes nothing."""
    operations.threefry_2x32 = threefry_2x32


def threefry_2x32(key: operations.Words, counter: operations.Words) -> operations.Words | None:
    """See `triceras.random.threefry`; `None` of what is no array, and where nothing is traced."""
    words = (*key, *counter)
    if not tf.inside_function() or not all(isinstance(word, KNOWN) for word in words):
        return None
    tensors = [tf.convert_to_tensor(word, "int32") for word in words]
    shape: Any = functools.reduce(tf.broadcast_static_shape, [tensor.shape for tensor in tensors])
    encrypted = rounds(*tensors)
    for word in encrypted:
        word.set_shape(shape)
    return encrypted


@tf.function(input_signature=[ANY_SHAPE] * 4, autograph=False)
def rounds(key0: tf.Tensor, key1: tf.Tensor, counter0: tf.Tensor, counter1: tf.Tensor) -> Any:
    """The definition, some 160 operations; in a step it is one."""
    return threefry.rounds((key0, key1), (counter0, counter1), keras.ops)
