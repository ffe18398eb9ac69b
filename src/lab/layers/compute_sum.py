"""A layer with a weight that is not trained."""

from typing import Any

import keras
from keras import ops

from lab.layers.masking import zero_where_masked


@keras.saving.register_keras_serializable(package="lab")
class ComputeSum(keras.layers.Layer):
    """Returns the sum, `(features,)`, of all inputs `(batch, ..., features)` it was ever given.

    The sum is a non-trainable weight, so that it is saved, and carried through compiled steps.
    What a mask leaves out is not added.

    Args:
        input_dim: number of input features, for a layer that has its weight at once; `None` to
            learn it from the first inputs.
    """

    def __init__(self, input_dim: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.input_dim = input_dim
        self.supports_masking = True
        if input_dim is not None:
            self.build((None, input_dim))

    def build(self, input_shape: Any) -> None:
        if self.built:
            return
        # In float16 a running sum soon stands still.
        self.total = self.add_weight(
            shape=(input_shape[-1],),
            initializer="zeros",
            trainable=False,
            autocast=False,
            name="total",
        )

    def call(self, inputs: Any, mask: Any = None) -> Any:
        x = zero_where_masked(ops.cast(inputs, self.total.dtype), mask)
        total = self.total + ops.sum(x, axis=tuple(range(len(x.shape) - 1)))
        self.total.assign(total)
        return ops.cast(total, self.compute_dtype)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> None:
        return None

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (input_shape[-1],)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "input_dim": self.input_dim}
