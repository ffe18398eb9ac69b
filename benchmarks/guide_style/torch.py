"""A Keras model trained step by step on PyTorch, as Keras's guide writes it."""

from collections.abc import Callable
from typing import Any

import keras
import torch


def make_step(model: keras.Model) -> Callable[[Any, Any], Any]:
    """A step `(x, y) -> loss` that trains a compiled model.

    Reference:
        [Writing a training loop from scratch in PyTorch](
        https://keras.io/guides/writing_a_custom_training_loop_in_torch/).
    """

    def train_step(x, y):
        predictions = model(x, training=True)
        loss = model._compile_loss(keras.ops.convert_to_tensor(y), predictions) + sum(model.losses)
        model.zero_grad()
        loss.backward()
        gradients = [v.value.grad for v in model.trainable_weights]
        with torch.no_grad():
            model.optimizer.apply(gradients, model.trainable_weights)
        return loss.detach()

    return train_step
