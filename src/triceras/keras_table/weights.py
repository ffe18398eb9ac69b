"""Every constraint and every regularizer of Keras."""

from collections.abc import Callable
from typing import Any

import keras
from keras import constraints, layers, regularizers

from triceras.keras_table.case import FEATURES, Case, compiled, whole_numbers

CONSTRAINTS: dict[str, Callable[[], Any]] = {
    "MaxNorm": lambda: constraints.MaxNorm(0.5),  # pyright: ignore[reportArgumentType]
    "MinMaxNorm": lambda: constraints.MinMaxNorm(0.4, 0.6, rate=0.7),
    "NonNeg": lambda: constraints.NonNeg(),
    "UnitNorm": lambda: constraints.UnitNorm(),
}

REGULARIZERS: dict[str, Callable[[], Any]] = {
    "L1": lambda: regularizers.L1(0.01),
    "L1L2": lambda: regularizers.L1L2(0.01, 0.02),
    "L2": lambda: regularizers.L2(0.01),
    "OrthogonalRegularizer": lambda: regularizers.OrthogonalRegularizer(0.02, "columns"),
    "OrthogonalRegularizer rows": lambda: regularizers.OrthogonalRegularizer(0.02),
}


def of_kernels(kind: str, make: Callable[[], Any]) -> Case:
    """A model whose embedding and kernel have a constraint or a regularizer."""

    def build() -> keras.Model:
        embedding = layers.Embedding(8, 3, **{f"embeddings_{kind}": make()})
        dense = layers.Dense(4, "tanh", **{f"kernel_{kind}": make()})
        inputs = keras.Input((FEATURES,), dtype="int32")
        hidden = dense(layers.Flatten()(embedding(inputs)))
        return compiled(keras.Model(inputs, layers.Dense(1)(hidden)))

    return Case(build, whole_numbers)
