"""A Keras model trained step by step on JAX, as Keras's guide writes it."""

import inspect
from collections.abc import Callable
from typing import Any

import jax
import keras


def make_step(model: keras.Model) -> Callable[[Any, Any], Any]:
    """A step `(x, y) -> loss` that trains a compiled model.

    Reference:
        [Writing a training loop from scratch in JAX](
        https://keras.io/guides/writing_a_custom_training_loop_in_jax/).
    """
    optimizer = model.optimizer
    optimizer.build(model.trainable_variables)
    options = {"training": True} if "training" in inspect.signature(model.call).parameters else {}

    def compute_loss(trainable, other, x, y):
        predictions, other, losses = model.stateless_call(
            trainable, other, x, return_losses=True, **options
        )
        return model._compile_loss(y, predictions) + sum(losses), other

    @jax.jit
    def train_step(state, x, y):
        trainable, other, optimizer_variables = state
        gradient = jax.value_and_grad(compute_loss, has_aux=True)
        (loss, other), gradients = gradient(trainable, other, x, y)
        trainable, optimizer_variables = optimizer.stateless_apply(
            optimizer_variables, gradients, trainable
        )
        return (trainable, other, optimizer_variables), loss

    variables = (model.trainable_variables, model.non_trainable_variables, optimizer.variables)
    state = tuple([v.value for v in part] for part in variables)

    def step(x, y):
        nonlocal state
        state, loss = train_step(state, x, y)
        return loss

    return step
