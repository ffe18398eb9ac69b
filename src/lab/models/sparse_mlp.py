"""A multilayer perceptron whose hidden activations are regularised."""

from typing import Any

import keras
from keras import ops

from lab.layers.activity_regularization import ActivityRegularization
from lab.layers.linear import Linear


@keras.saving.register_keras_serializable(package="lab")
class SparseMLP(keras.Model):
    """A classifier of vectors, `(batch, features)` to logits `(batch, classes)`.

    One hidden layer, a ReLU, and a term of the loss that favours activations of zero.

    Args:
        classes: number of logits.
        units: width of the hidden layer.
        rate: factor of the term, see `ActivityRegularization`.
    """

    def __init__(self, classes: int = 10, units: int = 32, rate: float = 1e-2, **kwargs: Any):
        super().__init__(**kwargs)
        self.classes = classes
        self.units = units
        self.rate = rate
        self.hidden = Linear(units, dtype=self.dtype_policy)
        self.regularization = ActivityRegularization(rate, dtype=self.dtype_policy)
        self.logits = Linear(classes, dtype=self.dtype_policy)

    def build(self, input_shape: Any) -> None:
        self.hidden.build(input_shape)
        self.logits.build((*input_shape[:-1], self.units))

    def call(self, inputs: Any) -> Any:
        x = ops.relu(self.hidden(inputs))
        return self.logits(self.regularization(x))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape[:-1], self.classes)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "classes": self.classes,
            "units": self.units,
            "rate": self.rate,
        }
