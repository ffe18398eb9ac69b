"""A residual layer."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="triceras.scaffold.templates")
class ExampleLayer(keras.layers.Layer):
    """Maps `(batch, ..., features)` to the same shape by `x + tanh(x @ w + b) @ v`.

    Args:
        units: width of what is added.

    Reference:
        [He et al., 2015](https://arxiv.org/abs/1512.03385).
    """

    def __init__(self, units: int = 32, **kwargs: Any):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape: Any) -> None:
        features = input_shape[-1]
        self.w = self.add_weight(shape=(features, self.units), name="w")
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", name="b")
        self.v = self.add_weight(shape=(self.units, features), name="v")

    def call(self, inputs: Any) -> Any:
        return inputs + ops.matmul(ops.tanh(ops.matmul(inputs, self.w) + self.b), self.v)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}
