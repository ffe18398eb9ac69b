"""A classifier and a regression in one, of an image, a table, or both."""

from collections.abc import Mapping

import keras


def build_two_inputs(
    input_shape: Mapping[str, tuple[int, ...]],
    classes: int,
    units: int = 64,
    activation: str = "tanh",
) -> keras.Model:
    """A model with a branch for each input, and an output for each question.

    Args:
        input_shape: shape of one example of each input, by name.
        classes: number of logits.
        units: width of each branch and of the layer in which they meet.
        activation: of these layers.

    Returns:
        A built `keras.Model`: a dictionary of inputs to one of `digit`, logits
        `(batch, classes)`, and `ink`, `(batch, 1)`.
    """
    inputs = {name: keras.Input(shape, name=name) for name, shape in input_shape.items()}
    branches = [
        keras.layers.Dense(units, activation)(keras.layers.Flatten()(x)) for x in inputs.values()
    ]
    met = keras.layers.Concatenate()(branches) if len(branches) > 1 else branches[0]
    x = keras.layers.Dense(units, activation)(met)
    outputs = {
        "digit": keras.layers.Dense(classes, name="digit")(x),
        "ink": keras.layers.Dense(1, name="ink")(x),
    }
    return keras.Model(inputs, outputs, name="two_inputs")
