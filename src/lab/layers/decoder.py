"""From a latent vector to an image."""

from collections.abc import Sequence
from typing import Any

import keras


@keras.saving.register_keras_serializable(package="lab")
class Decoder(keras.layers.Layer):
    """Maps latent vectors `(batch, latent_dim)` to images `(batch, original_dim)`.

    Args:
        original_dim: number of pixels.
        hidden_units: width of each hidden layer.
        activation: activation of the hidden layers.
        output_activation: `"sigmoid"` for grey values, `None` for logits.
    """

    def __init__(
        self,
        original_dim: int,
        hidden_units: Sequence[int] = (64,),
        activation: str = "relu",
        output_activation: str | None = "sigmoid",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.original_dim = original_dim
        self.hidden_units = tuple(hidden_units)
        self.activation = activation
        self.output_activation = output_activation
        self.hidden = [
            keras.layers.Dense(units, activation, dtype=self.dtype_policy)
            for units in self.hidden_units
        ]
        self.pixels = keras.layers.Dense(
            original_dim, output_activation, name="pixels", dtype=self.dtype_policy
        )

    def build(self, input_shape: Any) -> None:
        shape = tuple(input_shape)
        for layer in self.hidden:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        self.pixels.build(shape)

    def call(self, inputs: Any) -> Any:
        x = inputs
        for layer in self.hidden:
            x = layer(x)
        return self.pixels(x)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape[:-1], self.original_dim)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "original_dim": self.original_dim,
            "hidden_units": self.hidden_units,
            "activation": self.activation,
            "output_activation": self.output_activation,
        }
