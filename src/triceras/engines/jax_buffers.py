"""The state of `fit` on JAX, no two variables of which lie in one place."""

import functools
from typing import Any

import jax.numpy as jnp
from keras.src.backend.jax.trainer import JAXTrainer


def keep_apart() -> None:
    """Mends Keras's reading of the state, for all models. Calling it again changes nothing.

    Keras hands its step the memory of all variables to write to, which JAX refuses where two share
    one: as they do once one was assigned to the other, a network to that which follows it.
    """
    own: Any = JAXTrainer._get_jax_state
    if not hasattr(own, "__wrapped__"):
        JAXTrainer._get_jax_state = apart(own)


def apart(read: Any) -> Any:
    """`JAXTrainer._get_jax_state` that copies what is there twice."""

    @functools.wraps(read)
    def read_apart(self: Any, *arguments: Any, **options: Any) -> Any:
        seen: set[int] = set()

        def own(array: Any) -> Any:
            if id(array) in seen:
                return jnp.copy(array)
            seen.add(id(array))
            return array

        state = read(self, *arguments, **options)
        return tuple([own(array) for array in arrays] for arrays in state)

    return read_apart
