"""A multilayer perceptron that predicts a number."""

from collections.abc import Sequence

import keras


def build_regressor(
    input_shape: tuple[int, ...],
    hidden_units: Sequence[int] = (32,),
    activation: str = "tanh",
    target_mean: float = 0.0,
    target_deviation: float = 1.0,
) -> keras.Model:
    """A regression of vectors, which begins near the mean of what it is to predict.

    Args:
        input_shape: shape of one example, `(features,)`.
        hidden_units: width of each hidden layer.
        activation: of the hidden layers.
        target_mean: of the targets that it is trained on.
        target_deviation: their standard deviation.

    Returns:
        A built `keras.Model`: `(batch, features)` to `(batch, 1)`.
    """
    inputs = keras.Input(input_shape)
    x = inputs
    for units in hidden_units:
        x = keras.layers.Dense(units, activation)(x)
    x = keras.layers.Dense(1)(x)
    predicted = keras.layers.Rescaling(target_deviation, target_mean)(x)
    return keras.Model(inputs, predicted, name="regressor")
