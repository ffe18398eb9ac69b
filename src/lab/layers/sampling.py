"""The reparametrisation trick."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="lab")
class Sampling(keras.layers.Layer):
    """Draws z ~ N(mean, exp(log_variance)) so that gradients reach both.

    Takes `(mean, log_variance)`, two tensors `(batch, latent_dim)`, and returns one.

    Args:
        seed: integer, or `None` to take one from `keras.utils.set_random_seed`.

    Reference:
        [Kingma and Welling, 2013](https://arxiv.org/abs/1312.6114), section 2.4.
    """

    def __init__(self, seed: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs: Any) -> Any:
        mean, log_variance = inputs
        epsilon = keras.random.normal(
            ops.shape(mean), dtype=self.compute_dtype, seed=self.seed_generator
        )
        return mean + ops.exp(0.5 * log_variance) * epsilon

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape[0]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "seed": self.seed}
