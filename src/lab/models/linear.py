"""The smallest classifier: one linear layer."""

import keras

from lab.layers.linear import Linear


def build_linear(input_shape: tuple[int, ...], classes: int = 10) -> keras.Model:
    """A linear classifier of vectors.

    Args:
        input_shape: shape of one example, `(features,)`.
        classes: number of logits.

    Returns:
        A built `keras.Sequential`: `(batch, features)` to logits `(batch, classes)`.
    """
    return keras.Sequential([keras.Input(input_shape), Linear(classes)], name="linear")
