"""A hypernetwork whose generator is a multilayer perceptron."""

from collections.abc import Callable, Sequence
from typing import Any

import keras

from lab.models.hypernetwork import Hypernetwork


def build_dense_hypernetwork(
    input_shape: tuple[int, ...],
    classes: int,
    target: Callable[..., keras.Model],
    hidden_units: Sequence[int] = (16,),
    activation: str = "relu",
    normalize: bool = True,
    **options: Any,
) -> Hypernetwork:
    """Builds target, generator and hypernetwork for a data set.

    Args:
        input_shape: shape of one example, `(features,)`.
        classes: number of logits.
        target: builder of the target, called with `input_shape` and `classes`.
        hidden_units: width of each of the generator's layers.
        activation: activation of the generator's layers.
        normalize: give the generator's features zero mean and unit variance, which the hyperfan-in
            initialisation takes for granted.
        **options: of `Hypernetwork`.

    Returns:
        A `Hypernetwork`, built.

    Reference:
        [Ortiz, Guttag and Dalca, 2023](https://arxiv.org/abs/2304.07645) for features of constant
        norm.
    """
    generator = keras.Sequential(name="generator")
    generator.add(keras.Input(input_shape))
    for units in hidden_units:
        generator.add(keras.layers.Dense(units, activation))
    if normalize:
        generator.add(keras.layers.LayerNormalization(center=False, scale=False))
    network = target(input_shape=input_shape, classes=classes)
    model = Hypernetwork(network, generator, **options)
    model.build((None, *input_shape))
    return model
