"""A multilayer perceptron in three ways: subclassed, functional, sequential."""

from collections.abc import Sequence
from typing import Any

import keras

from lab.layers.linear import Linear


@keras.saving.register_keras_serializable(package="lab")
class MLP(keras.Model):
    """A classifier of vectors, `(batch, features)` to logits `(batch, classes)`, of `Linear`s.

    A model is a layer: this one can be part of another as well.

    Args:
        classes: number of logits.
        hidden_units: width of each hidden layer.
        activation: activation of the hidden layers.
    """

    def __init__(
        self,
        classes: int = 10,
        hidden_units: Sequence[int] = (32, 32),
        activation: str = "relu",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.classes = classes
        self.hidden_units = tuple(hidden_units)
        self.activation = keras.activations.get(activation)
        self.hidden = [Linear(units, dtype=self.dtype_policy) for units in self.hidden_units]
        self.logits = Linear(classes, dtype=self.dtype_policy)

    def build(self, input_shape: Any) -> None:
        shape = tuple(input_shape)
        for layer in (*self.hidden, self.logits):
            layer.build(shape)
            shape = layer.compute_output_shape(shape)

    def call(self, inputs: Any) -> Any:
        x = inputs
        for layer in self.hidden:
            x = self.activation(layer(x))
        return self.logits(x)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape[:-1], self.classes)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "classes": self.classes,
            "hidden_units": self.hidden_units,
            "activation": keras.activations.serialize(self.activation),
        }


def build_mlp(
    input_shape: tuple[int, ...],
    classes: int = 10,
    hidden_units: Sequence[int] = (64,),
    activation: str = "relu",
) -> keras.Model:
    """A classifier of vectors by the Functional API.

    Args:
        input_shape: shape of one example, `(features,)`.
        classes: number of logits.
        hidden_units: width of each hidden layer.
        activation: activation of the hidden layers.

    Returns:
        A built `keras.Model`: `(batch, features)` to logits `(batch, classes)`.
    """
    inputs = keras.Input(input_shape)
    x = inputs
    for units in hidden_units:
        x = keras.layers.Dense(units, activation)(x)
    return keras.Model(inputs, keras.layers.Dense(classes)(x), name="mlp")


def build_sequential_mlp(
    input_shape: tuple[int, ...],
    classes: int = 10,
    hidden_units: Sequence[int] = (64,),
    activation: str = "relu",
) -> keras.Model:
    """The model of `build_mlp` as a sequence of layers.

    Args:
        input_shape: shape of one example, `(features,)`.
        classes: number of logits.
        hidden_units: width of each hidden layer.
        activation: activation of the hidden layers.

    Returns:
        A built `keras.Sequential`; from one seed it has the weights of the functional one.
    """
    hidden = [keras.layers.Dense(units, activation) for units in hidden_units]
    return keras.Sequential([keras.Input(input_shape), *hidden, keras.layers.Dense(classes)])
