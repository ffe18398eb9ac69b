"""A layer that does one thing in training and another in inference."""

from typing import Any

import keras

from triceras.errors import UserError


@keras.saving.register_keras_serializable(package="lab")
class Dropout(keras.layers.Layer):
    """In training, zeroes a fraction of its inputs and scales up the rest; else passes them on.

    Args:
        rate: fraction to zero, in [0, 1).
        seed: integer, or `None` to take one from `keras.utils.set_random_seed`.

    Raises:
        UserError: `rate` is not in [0, 1).

    Reference:
        [Srivastava et al., 2014](https://jmlr.org/papers/v15/srivastava14a.html).
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        if not 0 <= rate < 1:
            raise UserError(f"Dropout: rate must be at least 0 and less than 1, not {rate}")
        self.rate = rate
        self.seed = seed
        # The counter of random numbers is state of the layer, so compiled steps carry it.
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training:
            return inputs
        return keras.random.dropout(inputs, self.rate, seed=self.seed_generator)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}
