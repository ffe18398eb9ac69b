"""What Keras's callers pass to a distribution, as the distributions here want it."""

from typing import Any

import numpy as np
from keras import backend as keras_backend
from keras import ops
from keras.src.random.seed_generator import draw_seed

from triceras.random.keys import key_of
from triceras.random.namespace import ops_for
from triceras.random.unseeded import unseeded


def draw_key(seed: Any) -> Any:
    """Takes a key from a seed, and advances the seed if it is a generator.

    An integer gives a key on the host. Whatever is drawn with it is then computed by NumPy, which
    gives initial weights that are the same on all backends to the last bit, and spares JAX the
    compilation of every operation for the shape of every weight.

    Args:
        seed: an integer, a `keras.random.SeedGenerator`, an integer tensor `(2,)`, or `None` for
            Keras's global generator.

    Returns:
        An integer array `(2,)`, a NumPy array for an integer seed and a tensor otherwise.

    Raises:
        ValueError: `seed` is none of these.
    """
    if isinstance(seed, int):
        return key_of(seed)
    if ops.is_tensor(seed):
        return seed
    if seed is None:
        # `draw_seed(None)` steps by a product that overflows differently on each backend.
        return unseeded().next()
    return draw_seed(seed)


def dimensions(shape: Any) -> tuple[Any, ...]:
    """The dimensions of a shape: integers, or scalar tensors where only the graph knows them."""
    return tuple(ops.unstack(shape)) if ops.is_tensor(shape) else tuple(shape)


def float_dtype(dtype: Any) -> str:
    """The name of `dtype`, by default Keras's default float type."""
    return keras_backend.standardize_dtype(dtype or keras_backend.floatx())


def parameter(value: Any) -> Any:
    """A parameter of a distribution: a Python number as it is, anything else as float32."""
    return value if isinstance(value, int | float) else ops.cast(value, "float32")


def to_scale(x: Any, low: Any, high: Any, dtype: str) -> tuple[Any, Any]:
    """Numbers, and the namespace to multiply them and add to them in, by `parameter`s.

    What was drawn on the host stays there, as for `draw_key`, unless it is made less exact.
    """
    if ops_for(x, low, high) is np and dtype == "float32":
        return x, np
    return ops.convert_to_tensor(x), ops
