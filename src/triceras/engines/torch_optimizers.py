"""Keras's optimizers on PyTorch, made fit for tracing: they read no value of a tensor."""

import types
from collections.abc import Sequence
from typing import Any

import keras
import torch

from triceras.engines.optimizer_parts import made_of

# Keras has a version of each optimizer for PyTorch, and one for all backends. Only those of these
# for PyTorch read the learning rate or a product of others.
READING = (keras.optimizers.SGD, keras.optimizers.Adadelta, keras.optimizers.Nadam)


def make_traceable(optimizer: Any) -> None:
    """Keeps an optimizer from reading the values of the learning rate and of its counter."""
    for one in made_of(optimizer):
        make_traceable(one)
    for kind in READING:
        if isinstance(optimizer, kind):
            optimizer._backend_update_step = types.MethodType(kind._backend_update_step, optimizer)
    if optimizer.gradient_accumulation_steps or overwrites(optimizer):
        optimizer._backend_apply_gradients = types.MethodType(apply, optimizer)


def overwrites(optimizer: Any) -> bool:
    """Whether an optimizer puts the averages in the place of the weights every few steps."""
    return bool(optimizer.use_ema and optimizer.ema_overwrite_frequency)


def apply(optimizer: Any, gradients: Sequence[Any], variables: Sequence[Any]) -> None:
    """Moves the variables, and averages them where that is asked for.

    What Keras does by a branch in Python, this does by computing both ways and choosing by value.
    """
    if optimizer.gradient_accumulation_steps:
        accumulate(optimizer, gradients, variables)
    else:
        update(optimizer, gradients, variables)
    if optimizer.use_ema:
        optimizer._update_model_variables_moving_average(optimizer._trainable_variables)
    if overwrites(optimizer):
        taken = (optimizer.iterations + 1) % optimizer.ema_overwrite_frequency == 0
        averages = optimizer._model_variables_moving_average
        for variable, average in zip(optimizer._trainable_variables, averages, strict=True):
            if average is not None:
                variable.assign(torch.where(taken, average.value, variable.value))


def update(optimizer: Any, gradients: Sequence[Any], variables: Sequence[Any]) -> None:
    """Moves the variables."""
    clipped = optimizer._clip_gradients(gradients)
    optimizer._apply_weight_decay(variables)
    optimizer._backend_update_step(clipped, variables, optimizer.learning_rate)


def accumulate(optimizer: Any, gradients: Sequence[Any], variables: Sequence[Any]) -> None:
    """Adds gradients up and moves the variables in each so many-th step."""
    steps = optimizer.gradient_accumulation_steps
    moves = (optimizer._iterations.value + 1) % steps == 0
    sums = [optimizer._accumulated_gradients[optimizer._get_variable_index(v)] for v in variables]
    totals = [a + b.value for a, b in zip(gradients, sums, strict=True)]
    state = [*variables, *optimizer.variables]
    before = [copied(variable) for variable in state]
    update(optimizer, [total / steps for total in totals], variables)
    for variable, old in zip(state, before, strict=True):
        variable.assign(torch.where(moves, variable.value, old))
    for variable, total in zip(sums, totals, strict=True):
        variable.assign(torch.where(moves, torch.zeros_like(total), total))


def copied(variable: Any) -> Any:
    """The value of a variable in a tensor of its own, which no optimizer changes in place."""
    return variable.value.detach().clone(memory_format=torch.contiguous_format)
