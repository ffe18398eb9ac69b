"""Tells once of what a model assigned while it was evaluated, which is taken back."""

import logging
import weakref

import keras

from triceras.bits import same_bits
from triceras.engines.state import Kept, value_of

log = logging.getLogger(__name__)
looked: weakref.WeakSet = weakref.WeakSet()


def is_to_be_looked_at(model: keras.Model) -> bool:
    """Whether nothing was looked at yet: what a model assigns, it assigns in each evaluation."""
    return model not in looked


def tell_of_taken_back(model: keras.Model, kept: Kept) -> None:
    """Tells which of a model's weights its first evaluation has changed, before they are put back.

    Random counters and metrics are no such weights.

    Args:
        model: whose variables hold what the evaluation came to.
        kept: what they held before.
    """
    if not is_to_be_looked_at(model):
        return
    looked.add(model)
    own = {id(v) for v in model.non_trainable_weights}
    pairs = [(v, before) for v, before in kept.pairs if id(v) in own]
    changed = [v.path for v, before in pairs if not same_bits(value_of(v), before)]
    if changed:
        log.warning(
            "the model assigned %s while it was evaluated, which is taken back; Keras by itself "
            "would go on with it",
            ", ".join(changed),
        )
