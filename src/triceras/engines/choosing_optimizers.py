"""Keras's optimizers without branches: both ways are computed, and one is chosen by value.

A program that is traced once, or that takes the steps of several runs at once, has no branch in
Python to take.
"""

from collections.abc import Callable, Sequence
from typing import Any

from keras import ops


def branches(optimizer: Any) -> bool:
    """Whether an optimizer does in some steps what it does not in others."""
    return bool(optimizer.gradient_accumulation_steps or overwrites(optimizer))


def overwrites(optimizer: Any) -> bool:
    """Whether an optimizer puts the averages in the place of the weights every few steps."""
    return bool(optimizer.use_ema and optimizer.ema_overwrite_frequency)


def value_of(variable: Any) -> Any:
    """The value of a variable, where no optimizer changes it in place."""
    return variable.value


def apply(
    optimizer: Any,
    gradients: Sequence[Any],
    variables: Sequence[Any],
    copied: Callable[[Any], Any] = value_of,
) -> None:
    """Moves the variables, and averages them where that is asked for.

    Args:
        optimizer: of Keras.
        gradients: one for each variable.
        variables: that are trained.
        copied: gives the value of a variable, which stays as it is when the variable is moved.
    """
    if optimizer.gradient_accumulation_steps:
        accumulate(optimizer, gradients, variables, copied)
    else:
        update(optimizer, gradients, variables)
    if optimizer.use_ema:
        optimizer._update_model_variables_moving_average(optimizer._trainable_variables)
    if overwrites(optimizer):
        taken = (optimizer.iterations + 1) % optimizer.ema_overwrite_frequency == 0
        averages = optimizer._model_variables_moving_average
        for variable, average in zip(optimizer._trainable_variables, averages, strict=True):
            if average is not None:
                variable.assign(ops.where(taken, average.value, variable.value))


def update(optimizer: Any, gradients: Sequence[Any], variables: Sequence[Any]) -> None:
    """Moves the variables."""
    clipped = optimizer._clip_gradients(gradients)
    optimizer._apply_weight_decay(variables)
    optimizer._backend_update_step(clipped, variables, optimizer.learning_rate)


def accumulate(
    optimizer: Any,
    gradients: Sequence[Any],
    variables: Sequence[Any],
    copied: Callable[[Any], Any],
) -> None:
    """Adds gradients up and moves the variables in each so many-th step."""
    steps = optimizer.gradient_accumulation_steps
    moves = (optimizer._iterations.value + 1) % steps == 0
    sums = [optimizer._accumulated_gradients[optimizer._get_variable_index(v)] for v in variables]
    totals = [a + b.value for a, b in zip(gradients, sums, strict=True)]
    state = [*variables, *optimizer.variables]
    before = [copied(variable) for variable in state]
    update(optimizer, [total / steps for total in totals], variables)
    for variable, old in zip(state, before, strict=True):
        variable.assign(ops.where(moves, variable.value, old))
    for variable, total in zip(sums, totals, strict=True):
        variable.assign(ops.where(moves, ops.zeros_like(total), total))
