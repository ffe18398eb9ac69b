"""A multilayer perceptron that drops hidden activations in training."""

from typing import Any

import keras
from keras import ops

from lab.layers.dropout import Dropout
from lab.layers.linear import Linear


@keras.saving.register_keras_serializable(package="lab")
class MLPWithDropout(keras.Model):
    """A classifier of vectors, `(batch, features)` to logits `(batch, classes)`.

    One hidden layer, a ReLU and `Dropout`, to which `training` is passed on.

    Args:
        classes: number of logits.
        units: width of the hidden layer.
        rate: fraction of the hidden activations to drop in training.
        seed: seed of the dropout, or `None` to take one from the run's seed.
    """

    def __init__(
        self,
        classes: int = 10,
        units: int = 32,
        rate: float = 0.5,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.classes = classes
        self.units = units
        self.rate = rate
        self.seed = seed
        self.hidden = Linear(units, dtype=self.dtype_policy)
        self.dropout = Dropout(rate, seed, dtype=self.dtype_policy)
        self.logits = Linear(classes, dtype=self.dtype_policy)

    def build(self, input_shape: Any) -> None:
        self.hidden.build(input_shape)
        self.logits.build((*input_shape[:-1], self.units))

    def call(self, inputs: Any, training: bool = False) -> Any:
        x = ops.relu(self.hidden(inputs))
        return self.logits(self.dropout(x, training=training))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape[:-1], self.classes)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "classes": self.classes,
            "units": self.units,
            "rate": self.rate,
            "seed": self.seed,
        }
