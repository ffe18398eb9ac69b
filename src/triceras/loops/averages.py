"""Weights that an optimizer averages over its steps (`use_ema`), and who swaps them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras

from triceras.engines.objective import objectives_of
from triceras.errors import UserError

SwapEMAWeights = keras.callbacks.SwapEMAWeights


@contextmanager
def averaged_at_the_end(
    model: keras.Model, callbacks: Sequence[keras.callbacks.Callback] = ()
) -> Iterator[None]:
    """Gives a model the averages in the place of its last weights: once, after its training.

    Keras does so whenever `fit` returns, and `SwapEMAWeights` gives up the weights themselves in
    what it takes for the last epoch. A run may be several `fit`s, where it was resumed or ends
    within an epoch, and its next steps must not begin with the averages: until the end both are
    kept, in a checkpoint of the last epoch too. After an exception the weights are left as they
    are.

    Args:
        model: compiled, with an optimizer that averages or another.
        callbacks: those of the run.

    Raises:
        UserError: averages are to be swapped, and no optimizer averages.
    """
    objectives = objectives_of(model)
    swapping: list[Any] = [c for c in callbacks if isinstance(c, SwapEMAWeights)]
    if swapping and not averaging(model.optimizer):
        raise UserError(
            "SwapEMAWeights swaps averages, and the optimizer has none: set use_ema=true of it "
            "(+optimizer.use_ema=true), or leave the callback out"
        )
    for objective in objectives:
        objective.optimizer.finalize_variable_values = lambda variables: None
    for callback in swapping:
        callback._finalize_ema_values = lambda: None
    try:
        yield
    finally:
        for objective in objectives:
            del objective.optimizer.finalize_variable_values
        for callback in swapping:
            del callback._finalize_ema_values
    for callback in swapping:
        if callback._ema_weights_in_model:
            # The averages are where the weights are to be; Keras takes them from their own place.
            callback._finalize_ema_values()
    for objective in objectives:
        # It may know more than is trained at the end: see `triceras.engines.grown`.
        known = objective.optimizer._trainable_variables or objective.variables
        objective.optimizer.finalize_variable_values(known)


@contextmanager
def averages_in(
    model: keras.Model, callbacks: Sequence[keras.callbacks.Callback]
) -> Iterator[None]:
    """Lets a model have the averages, if it is they that are validated, for a while.

    Args:
        model: between two epochs.
        callbacks: those of the run, of which one may swap.
    """
    swapping: list[Any] = [c for c in callbacks if isinstance(c, SwapEMAWeights)]
    if not swapping or swapping[0]._ema_weights_in_model:
        yield
        return
    variables = [
        v for optimizer in averaging(model.optimizer) for v in optimizer._trainable_variables
    ]
    # Keras swaps by sums on TensorFlow, which are rounded.
    weights = [keras.ops.copy(keras.ops.convert_to_tensor(v)) for v in variables]
    for optimizer in averaging(model.optimizer):
        optimizer._overwrite_model_variables_with_average_value(optimizer._trainable_variables)
    try:
        yield
    finally:
        for variable, value in zip(variables, weights, strict=True):
            variable.assign(value)


def averaging(optimizer: Any) -> list[Any]:
    """The optimizers, of those that one is made of, that average."""
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    found = getattr(optimizer, "optimizers", [optimizer])
    return [one for one in found if getattr(one, "use_ema", False)]
