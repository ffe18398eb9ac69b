"""A small model within another one, for tests of what a run begins with."""

from typing import Any

import keras
import numpy as np

from triceras.modelling.freezing import freeze
from triceras.modelling.learning_rates import set_learning_rates

ROWS, FEATURES, CLASSES = 24, 5, 3


def build_backbone(units: int = 4) -> keras.Model:
    """Has weights, moving averages and layers with names."""
    return keras.Sequential(
        [
            keras.Input((FEATURES,)),
            keras.layers.Dense(units, "tanh", name="first"),
            keras.layers.BatchNormalization(name="norm"),
            keras.layers.Dense(units, "tanh", name="second"),
        ],
        name="backbone",
    )


def build_classifier(seed: int = 1, classes: int = CLASSES, units: int = 4) -> keras.Model:
    """A backbone and a layer `head` on it, not compiled."""
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((FEATURES,))
    outputs = keras.layers.Dense(classes, name="head")(build_backbone(units)(inputs))
    return keras.Model(inputs, outputs, name="classifier")


def compiled(
    optimizer: Any = "sgd", frozen: Any = (), learning_rates: Any = None, seed: int = 1
) -> keras.Model:
    """The same, as a configuration with these settings has it compiled."""
    model = build_classifier(seed)
    freeze(model, list(frozen))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss)
    set_learning_rates(model, learning_rates)
    return model


def arrays() -> tuple[np.ndarray, np.ndarray]:
    """Inputs and labels."""
    rng = np.random.default_rng(2)
    x = rng.normal(1.0, 2.0, (ROWS, FEATURES)).astype("float32")
    return x, rng.integers(0, CLASSES, ROWS).astype("int32")


def values(layer: Any) -> dict[str, np.ndarray]:
    """What the weights of a layer or model hold, by path."""
    return {w.path: np.array(keras.ops.convert_to_numpy(w.value)) for w in layer.weights}
