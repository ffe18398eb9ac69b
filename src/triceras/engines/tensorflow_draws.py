"""Random words by one program of XLA in steps that are computed by TensorFlow's own kernels."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import tensorflow as tf

from triceras.random import bits, operations


def random_bits(key: Any, size: Any) -> Any:
    """See `triceras.random.bits`; `None` where the size is not known while a step is traced."""
    return compiled(tf.convert_to_tensor(key), size) if isinstance(size, int) else None


@tf.function(jit_compile=True, autograph=False)
def compiled(key: tf.Tensor, size: int) -> Any:
    """The words of a key, by their definition."""
    with drawing_by(None):
        return bits.random_bits(key, (size,))


@contextmanager
def drawing_by(function: Any) -> Iterator[None]:
    """Has words drawn by a function, or by their definition."""
    before = operations.random_bits
    operations.random_bits = function
    try:
        yield
    finally:
        operations.random_bits = before
