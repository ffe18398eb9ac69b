"""A model that is written in a configuration, with no Python of its own."""

from collections.abc import Sequence

import keras


def build_sequential(
    input_shape: tuple[int, ...], layers: Sequence[keras.layers.Layer], classes: int | None = None
) -> keras.Model:
    """Layers one after the other, and logits at the end where the data have classes.

    Args:
        input_shape: shape of one example.
        layers: in a configuration, a list of `_target_`s.
        classes: number of logits; `None` leaves the last layer's output as it is.

    Returns:
        A built `keras.Sequential`: examples, flattened, to `(batch, classes)`.
    """
    end = [] if classes is None else [keras.layers.Dense(classes)]
    return keras.Sequential([keras.Input(input_shape), keras.layers.Flatten(), *layers, *end])
