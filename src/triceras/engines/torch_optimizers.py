"""Keras's optimizers on PyTorch, made fit for tracing: they read no value of a tensor."""

import types
from collections.abc import Sequence
from typing import Any

import keras
import torch


def make_traceable(optimizer: keras.optimizers.Optimizer) -> None:
    """Keeps an optimizer from reading the values of the learning rate and of its counter."""
    if isinstance(optimizer, keras.optimizers.SGD | keras.optimizers.Adadelta):
        # Keras has a version of each optimizer for PyTorch, and one for all backends. Only those
        # of these two for PyTorch read the learning rate.
        update = keras.optimizers.Optimizer._backend_update_step
        optimizer._backend_update_step = types.MethodType(update, optimizer)
    if optimizer.gradient_accumulation_steps and not optimizer.ema_overwrite_frequency:
        optimizer._backend_apply_gradients = types.MethodType(accumulate, optimizer)


def accumulate(optimizer: Any, gradients: Sequence[Any], variables: Sequence[Any]) -> None:
    """Adds gradients up and moves the variables in each so many-th step.

    What Keras does by a branch in Python, this does by computing both ways and choosing by value.
    """
    steps = optimizer.gradient_accumulation_steps
    moves = (optimizer._iterations.value + 1) % steps == 0
    sums = [optimizer._accumulated_gradients[optimizer._get_variable_index(v)] for v in variables]
    totals = [a + b.value for a, b in zip(gradients, sums, strict=True)]
    state = [*variables, *optimizer.variables]
    before = [copied(variable) for variable in state]
    means = optimizer._clip_gradients([total / steps for total in totals])
    optimizer._apply_weight_decay(variables)
    optimizer._backend_update_step(means, variables, optimizer.learning_rate)
    for variable, old in zip(state, before, strict=True):
        variable.assign(torch.where(moves, variable.value, old))
    for variable, total in zip(sums, totals, strict=True):
        variable.assign(torch.where(moves, torch.zeros_like(total), total))
    if optimizer.use_ema:
        optimizer._update_model_variables_moving_average(optimizer._trainable_variables)


def copied(variable: Any) -> Any:
    """The value of a variable in a tensor of its own, which no optimizer changes in place."""
    return variable.value.detach().clone(memory_format=torch.contiguous_format)
