"""From an image to its approximate posterior."""

from collections.abc import Sequence
from typing import Any

import keras


@keras.saving.register_keras_serializable(package="lab")
class Encoder(keras.layers.Layer):
    """Maps images `(batch, pixels)` to `(mean, log_variance)`, each `(batch, latent_dim)`.

    It draws no noise (`Sampling` does), so looking at codes leaves a run's random numbers alone.

    Args:
        latent_dim: number of latent coordinates.
        hidden_units: width of each hidden layer.
        activation: activation of the hidden layers.
    """

    def __init__(
        self,
        latent_dim: int = 32,
        hidden_units: Sequence[int] = (64,),
        activation: str = "relu",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.latent_dim = latent_dim
        self.hidden_units = tuple(hidden_units)
        self.activation = activation
        self.hidden = [
            keras.layers.Dense(units, activation, dtype=self.dtype_policy)
            for units in self.hidden_units
        ]
        self.mean = keras.layers.Dense(latent_dim, name="mean", dtype=self.dtype_policy)
        self.log_variance = keras.layers.Dense(
            latent_dim, name="log_variance", dtype=self.dtype_policy
        )

    def build(self, input_shape: Any) -> None:
        shape = tuple(input_shape)
        for layer in self.hidden:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        self.mean.build(shape)
        self.log_variance.build(shape)

    def call(self, inputs: Any) -> Any:
        x = inputs
        for layer in self.hidden:
            x = layer(x)
        return self.mean(x), self.log_variance(x)

    def compute_output_shape(self, input_shape: Any) -> Any:
        shape = (*input_shape[:-1], self.latent_dim)
        return shape, shape

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "latent_dim": self.latent_dim,
            "hidden_units": self.hidden_units,
            "activation": self.activation,
        }
