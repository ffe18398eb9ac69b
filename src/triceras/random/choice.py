"""Random choices: of a class, of what to drop, of an order."""

import math
from typing import Any

import numpy as np
from keras import ops

from triceras.random.bits import UNIFORM_BITS, random_bits, uniform_from_key
from triceras.random.seeds import dimensions, draw_key


def categorical(logits: Any, num_samples: int, dtype: Any = "int32", seed: Any = None) -> Any:
    """Draws classes, `num_samples` for each row of logits; see `keras.random.categorical`.

    Reference:
        The Gumbel-max trick, [Maddison et al., 2014](https://arxiv.org/abs/1411.0030), section 2.
        A class of logit -inf is never drawn.
    """
    logits = ops.cast(logits, "float32")
    batch_size, classes = ops.shape(logits)
    u = uniform_from_key(draw_key(seed), (batch_size, num_samples, classes))
    u = ops.maximum(ops.convert_to_tensor(u), 2.0**-UNIFORM_BITS)
    gumbel = -ops.log(-ops.log(u))
    return ops.cast(ops.argmax(logits[:, None, :] + gumbel, axis=-1), dtype)


def dropout(inputs: Any, rate: Any, noise_shape: Any = None, seed: Any = None) -> Any:
    """Sets a fraction of the elements to 0 and scales up the others; see `keras.layers.Dropout`.

    Reference:
        [Srivastava et al., 2014](https://jmlr.org/papers/v15/srivastava14a.html)
    """
    inputs = ops.convert_to_tensor(inputs)
    if rate == 0.0:
        return inputs
    if rate == 1.0:
        return ops.zeros_like(inputs)
    shape = ops.shape(inputs)
    if noise_shape is not None:
        pairs = zip(shape, dimensions(noise_shape), strict=True)
        shape = tuple(size if noise is None else noise for size, noise in pairs)
    keep = kept(draw_key(seed), shape, rate)
    return ops.where(keep, inputs / (1.0 - rate), ops.zeros_like(inputs))


def kept(key: Any, shape: Any, rate: Any) -> Any:
    """Where a uniform number is not below a rate."""
    if not isinstance(rate, int | float) or math.isnan(rate):
        return uniform_from_key(key, shape) >= rate
    # The same by whole numbers, as the uniform ones are multiples of 2^-24: two operations on what
    # may be a large array, in the place of five.
    least = math.ceil(float(np.float32(rate)) * 2.0**UNIFORM_BITS) << (32 - UNIFORM_BITS)
    if not 0 <= least < 2**32:
        return uniform_from_key(key, shape) >= rate
    # Words are signed: with the highest bit turned they are in the order of those without a sign.
    ordered = ops.bitwise_xor(ops.convert_to_tensor(random_bits(key, shape)), -(2**31))
    return ordered >= least - 2**31


def shuffle(x: Any, axis: int = 0, seed: Any = None) -> Any:
    """Reorders the slices along an axis, each slice whole; see `keras.random.shuffle`."""
    x = ops.convert_to_tensor(x)
    bits = random_bits(draw_key(seed), (ops.shape(x)[axis],))
    return ops.take(x, ops.argsort(ops.convert_to_tensor(bits)), axis=axis)
