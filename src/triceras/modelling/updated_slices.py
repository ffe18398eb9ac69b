"""Keras's update of a slice on TensorFlow, made to have a gradient."""

import functools
from collections.abc import Callable
from typing import Any

import keras
from keras import ops
from keras.src import backend


def install() -> None:
    """Mends Keras's function, for all models of this process. Calling it again changes nothing.

    A model that wrote into a part of a tensor, as into a cache, could not be trained on TensorFlow:
    the operation that does it has no gradient there.
    """
    functions: Any = backend.core
    own = functions.slice_update
    if keras.backend.backend() == "tensorflow" and not hasattr(own, "__wrapped__"):
        functions.slice_update = with_a_gradient(own)


def with_a_gradient(own: Callable[..., Any]) -> Callable[..., Any]:
    """`slice_update` whose gradient is that of what stays, and of what is written."""

    @functools.wraps(own)
    def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Any:
        @ops.custom_gradient
        def updated(inputs: Any, updates: Any) -> Any:
            def gradient(of_result: Any) -> Any:
                kept = own(of_result, start_indices, ops.zeros_like(updates))
                return kept, ops.slice(of_result, start_indices, updates.shape)

            return own(inputs, start_indices, updates), gradient

        inputs = ops.convert_to_tensor(inputs)
        return updated(inputs, ops.convert_to_tensor(updates, dtype=inputs.dtype))

    return slice_update
