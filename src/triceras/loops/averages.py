"""Weights that an optimizer averages over its steps (`use_ema`)."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras

from triceras.engines.objective import objectives_of


@contextmanager
def averaged_at_the_end(model: keras.Model) -> Iterator[None]:
    """Gives a model the averages in the place of its last weights: once, after its training.

    Keras does so whenever `fit` returns. A run may be several `fit`s, where it was resumed or ends
    within an epoch, and its next steps must not begin with the averages. After an exception the
    weights are left as they are.

    Args:
        model: compiled, with an optimizer that averages or another.
    """
    objectives = objectives_of(model)
    for objective in objectives:
        objective.optimizer.finalize_variable_values = lambda variables: None
    try:
        yield
    finally:
        for objective in objectives:
            del objective.optimizer.finalize_variable_values
    for objective in objectives:
        # It may know more than is trained at the end: see `triceras.engines.grown`.
        known = objective.optimizer._trainable_variables or objective.variables
        objective.optimizer.finalize_variable_values(known)
