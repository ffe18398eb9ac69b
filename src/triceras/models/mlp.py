"""A multilayer perceptron by the Functional API."""

from collections.abc import Sequence

import keras


def build_mlp(
    input_shape: tuple[int, ...],
    classes: int = 10,
    hidden_units: Sequence[int] = (64,),
    activation: str = "relu",
) -> keras.Model:
    """A classifier of vectors.

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
