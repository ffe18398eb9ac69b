"""What is said of layers that remember something, in a network whose weights are generated."""

import logging
from collections.abc import Iterator

import keras

from lab.models.target_state import is_seed

log = logging.getLogger(__name__)

# What a layer was told or has adapted to before, it does not change.
CONSTANT = (keras.layers.Normalization, keras.layers.Embedding)


def warn_of_shared_state(target: keras.Model) -> None:
    """Names each layer whose memory cannot be what it is in a network of its own.

    Each example has a network of its own and is a batch of its own, and of what a layer remembers
    there is one copy for all.

    Args:
        target: built.
    """
    for metric in target.metrics:
        log.warning(
            f"hypernetwork: the metric {metric.name!r} of the target is not shown: count it in a "
            "layer of your own that comes before the hypernetwork or after it"
        )
    for layer in remembering(target):
        if isinstance(layer, keras.layers.BatchNormalization):
            log.warning(normalization_warning(layer))
            continue
        names = ", ".join(v.name for v in own_state(layer))
        log.warning(
            f"hypernetwork: {layer.name} ({type(layer).__name__}) remembers {names}, of which "
            "there is one copy for the networks of all examples, the average of what each makes of "
            "it: its results are not those of a network of its own"
        )


def normalization_warning(layer: keras.layers.BatchNormalization) -> str:
    """What is wrong with batch normalisation, where a batch is one example."""
    if layer.input_spec.ndim == 2:
        why = (
            "its batch is one example, less its own mean: nothing before it has an effect in "
            "training, and evaluation uses averages that no training step saw"
        )
        use = "keras.layers.LayerNormalization()"
    else:
        why = (
            "its batch is one example, so training normalises each by itself, and evaluation by "
            "the average of all"
        )
        use = "keras.layers.GroupNormalization(groups=-1), which does the former in both"
    return f"hypernetwork: {layer.name} ({type(layer).__name__}): {why}; use {use}"


def remembering(target: keras.Model) -> Iterator[keras.layers.Layer]:
    """The layers of a network that change variables of their own in a forward pass."""
    for layer in target._flatten_layers(include_self=True):
        if layer.trainable and not isinstance(layer, CONSTANT) and own_state(layer):
            yield layer


def own_state(layer: keras.layers.Layer) -> list[keras.Variable]:
    """The variables of a layer alone that no optimizer trains, but for random counters."""
    parts = layer._flatten_layers(include_self=False)
    others = {id(v) for part in parts for v in part.variables}
    return [v for v in layer.non_trainable_variables if id(v) not in others and not is_seed(v)]
