"""Keras's optimizers on PyTorch, made fit for tracing: they read no value of a tensor."""

import types
from collections.abc import Sequence
from typing import Any

import keras
import torch

from triceras.engines import choosing_optimizers
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
    if choosing_optimizers.branches(optimizer):
        optimizer._backend_apply_gradients = types.MethodType(apply, optimizer)


def apply(optimizer: Any, gradients: Sequence[Any], variables: Sequence[Any]) -> None:
    """See `triceras.engines.choosing_optimizers.apply`."""
    choosing_optimizers.apply(optimizer, gradients, variables, copied)


def copied(variable: Any) -> Any:
    """The value of a variable in a tensor of its own, which no optimizer changes in place."""
    return variable.value.detach().clone(memory_format=torch.contiguous_format)
