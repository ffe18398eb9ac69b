"""A small subclassed model that draws noise, adds to the loss and looks at the data first."""

from typing import Any

import keras
import numpy as np
from keras import ops

from triceras.data.statistics import mean_row


@keras.saving.register_keras_serializable(package="triceras")
class NoisyAutoencoder(keras.Model):
    """Reconstructs `(batch, pixels)` through a code with noise, and adds the code's size.

    It draws noise whenever it is called, as a variational autoencoder does.

    The compiled loss is the reconstruction term, and `code` a metric of what is added to it.

    Args:
        latent_dim: number of coordinates of the code.
        units: width of the hidden layers.
        stddev: of the noise.
    """

    def __init__(self, latent_dim: int = 4, units: int = 16, stddev: float = 0.5, **kwargs: Any):
        super().__init__(**kwargs)
        self.latent_dim, self.units, self.stddev = latent_dim, units, stddev
        dtype = self.dtype_policy
        self.encoder = keras.layers.Dense(units, "tanh", dtype=dtype)
        self.code = keras.layers.Dense(latent_dim, dtype=dtype)
        self.noise = keras.layers.GaussianNoise(stddev, dtype=dtype)
        self.decoder = keras.layers.Dense(units, "tanh", dtype=dtype)
        self.code_metric = keras.metrics.Mean(name="code")

    def build(self, input_shape: Any) -> None:
        self.pixels = keras.layers.Dense(input_shape[-1], dtype=self.dtype_policy)
        self.encoder.build(input_shape)
        self.code.build((None, self.units))
        self.decoder.build((None, self.latent_dim))
        self.pixels.build((None, self.units))

    def adapt(self, x: Any) -> None:
        """Starts the output's bias at the log odds of the mean example, `(n, pixels)`."""
        mean = np.clip(mean_row(x), 1e-3, 1 - 1e-3)
        bias: Any = self.pixels.bias
        bias.assign((np.log(mean) - np.log1p(-mean)).astype("float32"))

    def call(self, inputs: Any) -> Any:
        code = self.code(self.encoder(inputs))
        self.add_loss(1e-2 * ops.mean(ops.sum(ops.square(ops.cast(code, "float32")), -1)))
        return self.pixels(self.decoder(self.noise(code, training=True)))

    # Keras on JAX keeps no metric that changes within `call`.
    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        # `fit` calls this once without a forward pass, when there are no losses yet.
        self.code_metric.update_state(sum(self.losses), ops.shape(y)[0])
        return super().compute_loss(x, y, y_pred, *args, **kwargs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        config = {"latent_dim": self.latent_dim, "units": self.units, "stddev": self.stddev}
        return {**super().get_config(), **config}
