"""Keras's optimizers on TensorFlow, made to see each gradient as one array, and what is frozen."""

import functools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

from triceras.engines.objective import Objective
from triceras.engines.optimizer_parts import made_of
from triceras.engines.state import restore


def mend(optimizer: keras.optimizers.Optimizer) -> None:
    """Makes an optimizer add up the rows of a sparse gradient before it computes with them.

    The gradient of what looks rows up, as an embedding does, is in TensorFlow a list of rows, in
    which one that was looked up twice is twice. Keras squares, clips and averages the items of the
    list, which is not what becomes of their sum.
    """
    if "apply" not in vars(optimizer) and not only_subtracts(optimizer):
        optimizer.apply = functools.partial(apply_dense, optimizer)


def only_subtracts(optimizer: Any) -> bool:
    """Whether an optimizer may be given the items one by one, which spares an array of zeros."""
    changes = ("momentum", "clipnorm", "clipvalue", "global_clipnorm", "loss_scale_factor")
    return type(optimizer) is keras.optimizers.SGD and not (
        optimizer.gradient_accumulation_steps or any(getattr(optimizer, name) for name in changes)
    )


def apply_dense(
    optimizer: keras.optimizers.Optimizer, grads: Sequence[Any], trainable_variables: Any = None
) -> None:
    """`optimizer.apply`, of gradients that are arrays."""
    type(optimizer).apply(optimizer, [dense(gradient) for gradient in grads], trainable_variables)


def dense(gradient: Any) -> Any:
    """A gradient as one array; what is one already, or `None`, is left as it is."""
    if not isinstance(gradient, tf.IndexedSlices):
        return gradient
    rows = gradient.dense_shape[0]  # pyright: ignore[reportOptionalSubscript]
    return tf.math.unsorted_segment_sum(gradient.values, gradient.indices, rows)


def untrained(objective: Objective) -> list[keras.Variable]:
    """The variables that an optimizer averages and that are frozen by now."""
    trained = {id(v) for v in objective.variables}
    optimizers: list[Any] = [objective.optimizer, *made_of(objective.optimizer)]
    return [
        variable
        for optimizer in optimizers
        if optimizer.use_ema and optimizer.ema_overwrite_frequency
        for variable in optimizer._trainable_variables
        if id(variable) not in trained
    ]


@contextmanager
def averages_leaving(variables: Sequence[keras.Variable]) -> Iterator[None]:
    """Has an optimizer that now and then puts averages in the place of weights leave some."""
    kept = [(variable, tf.identity(variable.value)) for variable in variables]
    yield
    restore(kept)
