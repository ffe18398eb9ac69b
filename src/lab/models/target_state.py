"""What a hypernetwork's target remembers besides weights: moving averages, random counters."""

from typing import Any

import keras
from keras import ops

from triceras.random import split


class TargetState(keras.layers.Layer):
    """Keeps the non-trainable variables of a target, one copy for all examples.

    For a batch each example gets the averages as they are and a random key of its own, so that
    dropout differs between examples; afterwards the averages of all examples are averaged, and
    the counters move on once.

    Args:
        target: a built `keras.Model`.
    """

    def __init__(self, target: keras.Model, **kwargs: Any):
        super().__init__(**kwargs)
        self.initial = [
            (v.name, tuple(v.shape), v.dtype, ops.convert_to_numpy(v.value))
            for v in target.non_trainable_variables
        ]

    def build(self, input_shape: Any = None) -> None:
        for name, shape, dtype, value in self.initial:
            self.add_weight(
                shape=shape,
                dtype=dtype,
                initializer=lambda shape, dtype, value=value: ops.convert_to_tensor(value, dtype),
                trainable=False,
                autocast=False,
                name=name,
            )

    def for_each_example(self, batch_size: Any) -> list[Any]:
        """The values of the variables with a batch axis, tensors `(batch_size, *shape)`."""
        return [
            ops.cast(split(v.value, batch_size), v.dtype)
            if is_seed(v)
            else ops.broadcast_to(v.value, (batch_size, *v.shape))
            for v in self.non_trainable_variables
        ]

    def update(self, before: list[Any], after: list[Any]) -> None:
        """Takes over what the batch left, `before` and `after` as `for_each_example` returns it."""
        for variable, old, new in zip(self.non_trainable_variables, before, after, strict=True):
            if is_seed(variable):
                variable.assign(variable.value + (new[0] - old[0]))
            elif "int" in variable.dtype:
                variable.assign(new[0])
            else:
                # What no example changed is then not changed by rounding either.
                variable.assign(variable.value + ops.mean(new - old, axis=0))


def is_seed(variable: keras.Variable) -> bool:
    """Whether a variable is the state of a `keras.random.SeedGenerator`."""
    return "int" in variable.dtype and tuple(variable.shape) == (2,)
