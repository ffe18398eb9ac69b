"""A layer that adds a regularisation term to the loss."""

from typing import Any

import keras
from keras import ops

from lab.layers.masking import zero_where_masked


@keras.saving.register_keras_serializable(package="lab")
class ActivityRegularization(keras.layers.Layer):
    """Passes inputs on and adds `rate` times their sum, over the batch too, with `add_loss`.

    After a ReLU this favours sparse activations. What a mask leaves out is not added.

    Args:
        rate: factor of the term.
    """

    def __init__(self, rate: float = 1e-2, **kwargs: Any):
        super().__init__(**kwargs)
        self.rate = rate
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        # In float16 the sum loses digits, and overflows at 65,504.
        x = zero_where_masked(ops.cast(inputs, self.variable_dtype), mask)
        self.add_loss(self.rate * ops.sum(x))
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rate": self.rate}
