"""Keras's optimizers on TensorFlow, where the state is a value.

On TensorFlow they change its own variables, so that they can be shared out by `tf.distribute`. In
a stateless scope they have to do what they do on other backends: change Keras's.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
from keras.src.backend.tensorflow.optimizer import TFOptimizer
from keras.src.optimizers.base_optimizer import BaseOptimizer

from triceras.engines.choosing_optimizers import apply
from triceras.patching import patched

CHANGING = (
    "assign",
    "assign_add",
    "assign_sub",
    "stateless_apply",
    "_apply_weight_decay",
    "_backend_update_step",
    "_overwrite_model_variables_with_average_value",
)


@contextlib.contextmanager
def stateless_optimizers() -> Iterator[None]:
    """Lets optimizers work in stateless scopes within."""
    with contextlib.ExitStack() as stack:
        for name in CHANGING:
            stack.enter_context(patched(TFOptimizer, name, getattr(BaseOptimizer, name)))
        # A branch would change the variables of a scope from within.
        stack.enter_context(patched(TFOptimizer, "_backend_apply_gradients", apply))
        stack.enter_context(patched(TFOptimizer, "_var_key", key_of))
        yield


def key_of(optimizer: Any, variable: Any) -> Any:
    """By what an optimizer knew a variable when it was built."""
    own = variable._value if isinstance(variable, keras.Variable) else variable
    return own._unique_id
