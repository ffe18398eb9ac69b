"""A classifier of rows."""

from collections.abc import Sequence

import keras


def build_example_model(
    input_shape: tuple[int, ...],
    classes: int,
    hidden_units: Sequence[int] = (32, 32),
    activation: str = "tanh",
) -> keras.Model:
    """A multi-layer perceptron.

    Args:
        input_shape: shape of one example; the data set says it.
        classes: number of classes; the data set says it.
        hidden_units: width of each hidden layer.
        activation: activation of the hidden layers.

    Returns:
        A built `keras.Model`: `(batch, *input_shape)` to logits `(batch, classes)`.
    """
    inputs = keras.Input(input_shape)
    x = keras.layers.Flatten()(inputs)
    for units in hidden_units:
        x = keras.layers.Dense(units, activation)(x)
    return keras.Model(inputs, keras.layers.Dense(classes)(x), name="example_model")
