"""Layers that are not trained, by name, and trained again."""

from collections.abc import Sequence
from typing import Any

import keras

from triceras.modelling.layer_names import chosen, named_layers


def freeze(model: keras.Model, patterns: Sequence[str], key: str = "model.freeze") -> None:
    """Leaves layers, and all within them, out of training.

    It is what `trainable = False` means in Keras: a frozen batch normalization takes its moving
    averages and no longer changes them, and a dropout goes on.

    Args:
        model: built.
        patterns: names of layers; see `triceras.modelling.layer_names`.
        key: where they stand, for messages.

    Raises:
        UserError: a pattern fits no layer.
    """
    for _, layer in chosen(model, patterns, key):
        layer.trainable = False


def unfreeze(model: keras.Model, patterns: Sequence[str], key: str) -> None:
    """Has layers, and all within them, trained again, and nothing else.

    Args:
        model: built.
        patterns: names of layers; see `triceras.modelling.layer_names`.
        key: where they stand, for messages.

    Raises:
        UserError: a pattern fits no layer.
    """
    opened = chosen(model, patterns, key)
    paths = [path for path, _ in opened]
    layers = named_layers(model)
    flags = [layer.trainable for _, layer in layers]
    others = {id(v) for v in model.variables} - {id(v) for _, one in opened for v in one.variables}
    kept = [(v, v.trainable) for v in model.variables if id(v) in others]
    # A layer comes before those within it, which it sets.
    for (path, layer), flag in zip(layers, flags, strict=True):
        within = any(f"{path}/".startswith(f"{one}/") for one in paths)
        around = any(one.startswith(f"{path}/") for one in paths)
        layer.trainable = flag or within or around
    for variable, flag in kept:
        if variable.trainable != flag:
            variable.trainable = flag


def frozen(layer: Any) -> bool:
    """Whether a layer has variables that it would train, and does not."""
    return any(
        not variable.trainable
        for one in layer._flatten_layers()
        for variable in one._trainable_variables
    )
