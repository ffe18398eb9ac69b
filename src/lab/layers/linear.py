"""An affine map, whose weights come into being when it is built."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="lab")
class Linear(keras.layers.Layer):
    """Maps `(batch, ..., features)` to `(batch, ..., units)` by `inputs @ w + b`.

    Args:
        units: number of outputs.
        input_dim: number of input features, for a layer that has its weights at once; `None` to
            learn it from the first inputs.
        w_initializer: any Keras initializer.
        b_initializer: any Keras initializer.
    """

    def __init__(
        self,
        units: int = 32,
        input_dim: int | None = None,
        w_initializer: Any = "random_normal",
        b_initializer: Any = "random_normal",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.units = units
        self.input_dim = input_dim
        self.w_initializer = keras.initializers.get(w_initializer)
        self.b_initializer = keras.initializers.get(b_initializer)
        self.supports_masking = True
        if input_dim is not None:
            self.build((None, input_dim))

    def build(self, input_shape: Any) -> None:
        if self.built:
            return
        features = input_shape[-1]
        self.w = self.add_weight(
            shape=(features, self.units), initializer=self.w_initializer, name="w"
        )
        self.b = self.add_weight(shape=(self.units,), initializer=self.b_initializer, name="b")
        self.input_spec = keras.layers.InputSpec(min_ndim=2, axes={-1: features})

    def call(self, inputs: Any) -> Any:
        return ops.matmul(inputs, self.w) + self.b

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "input_dim": self.input_dim,
            "w_initializer": keras.initializers.serialize(self.w_initializer),
            "b_initializer": keras.initializers.serialize(self.b_initializer),
        }
