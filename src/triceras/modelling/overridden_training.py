"""Says where Keras goes another way than a functional model was told by `training=True`."""

import logging
from collections.abc import Iterator
from typing import Any

import keras
from keras import layers
from keras.src.models.functional import Functional

# They ask for it to be quantized as they are trained.
QUANTIZED = (layers.Dense, layers.EinsumDense, layers.Embedding)

log = logging.getLogger(__name__)


def tell_of_overridden_training(model: keras.Model) -> None:
    """Warns of `layer(x, training=True)` in a functional model, which is of no effect.

    Keras gives each layer of such a model the `training` that the model is called with, which is
    `False` where it is validated, tested and predicted with: dropout that was to go on there, for
    an estimate of uncertainty, does not. Of `training=False`, which is overridden in training,
    nothing tells: Keras notes it down where nothing was said, too.

    Args:
        model: built.
    """
    for layer in told(model):
        log.warning(
            "the layer %s is called with training=True in a functional model, which Keras "
            "overrides where it validates, tests and predicts: in the call of a layer or a model "
            "of your own it counts",
            layer.name,
        )


def told(model: Any) -> Iterator[Any]:
    """The layers of functional models that were told to go on as in training, each once."""
    seen = set()
    for inner in model._flatten_layers():
        if not isinstance(inner, Functional):
            continue
        for node in (node for nodes in inner._nodes_by_depth.values() for node in nodes):
            layer = node.operation
            if node.arguments.kwargs.get("training") and id(layer) not in seen and heeds(layer):
                seen.add(id(layer))
                yield layer


def heeds(layer: Any) -> bool:
    """Whether a layer, or one within it, does anything else in training."""
    parts = layer._flatten_layers() if isinstance(layer, keras.layers.Layer) else []
    return any(
        part._call_has_training_arg
        and not isinstance(part, QUANTIZED)
        and not list(part._flatten_layers(include_self=False))
        for part in parts
    )
