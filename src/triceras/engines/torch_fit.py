"""`Model.train_step` for `fit` on PyTorch."""

import warnings
from typing import Any

import keras
import torch

from triceras.engines.contract import Logs
from triceras.engines.objective import batch_size_of, update_loss_metric
from triceras.engines.postponed import postponed_assignments


def train_step(model: keras.Model, data: Any) -> Logs:
    """`Model.train_step` for `fit` on PyTorch, to be changed by who needs another step.

    Reference:
        [Customizing what happens in `fit()` with PyTorch](
        https://keras.io/guides/custom_train_step_in_torch/)
    """
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    model.zero_grad()
    with postponed_assignments(model) as assignments:
        y_pred = model(x, training=True)
        loss = model._compute_loss(x, y, y_pred, sample_weight, training=True)
        # Before anything is assigned, as outputs may be what a variable holds.
        update_loss_metric(model, loss, batch_size_of(x))
        logs = model.compute_metrics(x, y, y_pred, sample_weight=sample_weight)
    weights = model.trainable_variables
    if weights:
        model.optimizer.scale_loss(loss).backward()
    # A weight that a step does not use has zeros, as on other backends: it goes on by its momentum.
    gradients = [
        torch.zeros_like(v.value) if v.value.grad is None else v.value.grad for v in weights
    ]
    assignments.write()
    if weights:
        with torch.no_grad():
            model.optimizer.apply(gradients, weights)
    else:
        warnings.warn("the model has no weights to train", stacklevel=2)
    return logs
