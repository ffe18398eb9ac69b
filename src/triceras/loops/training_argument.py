"""What is said of a model that does not hand on whether it is trained."""

import logging
from typing import Any

from triceras.engines.own_steps import is_own

# Without which a layer draws nothing, though it has a generator of random numbers.
RATES = ("rate", "dropout", "recurrent_dropout")

log = logging.getLogger(__name__)


def tell_of_no_training(model: Any) -> None:
    """Warns where Keras's `fit` would have layers compute as in an evaluation.

    It says that a model is trained only to one whose `call` has a parameter for it, and a custom
    loop says so in any case, which is what layers such as `Dropout` go by.

    Args:
        model: built.
    """
    if model._call_has_training_arg or is_own(model, "train_step"):
        return
    inner = [layer for layer in model._flatten_layers(include_self=False, recursive=True)]
    names = [layer.name for layer in inner if takes_training(layer)]
    if names:
        log.warning(
            "%s.call has no parameter `training`: fit has %s compute as in an evaluation, and "
            "loop=custom as in training, unless it says so itself; give it the parameter",
            type(model).__name__,
            ", ".join(names[:3]),
        )


def takes_training(layer: Any) -> bool:
    """Whether a layer computes otherwise in training, of Keras's those that draw or remember."""
    of_keras = type(layer).__module__.startswith("keras.")
    rates = [getattr(layer, name) for name in RATES if hasattr(layer, name)]
    draws = any(map(may_be_more, rates)) if rates else hasattr(layer, "seed_generator")
    # What was made so, and not what is frozen.
    remembers = len(layer._non_trainable_variables) > 0
    acts = draws or remembers or not of_keras
    return bool(layer._call_has_training_arg and acts and not layer._layers)


def may_be_more(rate: Any) -> bool:
    """Whether a rate is above 0, or may become so, as a variable may."""
    return rate is not None and (not isinstance(rate, int | float) or rate != 0)
