"""From an image to its approximate posterior."""

from collections.abc import Sequence
from typing import Any

import keras

from triceras.layers.sampling import Sampling


@keras.saving.register_keras_serializable(package="triceras")
class Encoder(keras.layers.Layer):
    """Maps images `(batch, features)` to `(mean, log_variance, z)`, each `(batch, latent_dim)`.

    Args:
        latent_dim: number of latent coordinates.
        hidden_units: width of each hidden layer.
        activation: activation of the hidden layers.
        seed: seed of the sampling noise, or `None`.
    """

    def __init__(
        self,
        latent_dim: int = 32,
        hidden_units: Sequence[int] = (64,),
        activation: str = "relu",
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.latent_dim = latent_dim
        self.hidden_units = tuple(hidden_units)
        self.activation = activation
        self.seed = seed
        self.hidden = [keras.layers.Dense(units, activation) for units in self.hidden_units]
        self.mean = keras.layers.Dense(latent_dim, name="mean")
        self.log_variance = keras.layers.Dense(latent_dim, name="log_variance")
        self.sampling = Sampling(seed)

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
        mean, log_variance = self.mean(x), self.log_variance(x)
        return mean, log_variance, self.sampling((mean, log_variance))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return [(*input_shape[:-1], self.latent_dim)] * 3

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "latent_dim": self.latent_dim,
            "hidden_units": self.hidden_units,
            "activation": self.activation,
            "seed": self.seed,
        }
