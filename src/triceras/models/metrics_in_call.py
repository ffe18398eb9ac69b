"""Lets layers update metrics in `call`, under Keras's own `fit` on JAX as everywhere else."""

import types
from typing import Any

import keras


def allow_metrics_in_call(model: keras.Model) -> None:
    """Makes `fit` and `evaluate` keep what layers count in metrics during the forward pass.

    On TensorFlow and PyTorch they do so anyway, and this changes nothing. On JAX, Keras runs the
    forward pass without the values of the metrics, which ends in an error.

    Args:
        model: its own `compute_loss_and_updates`, if it has one, is left as it is.
    """
    theirs = getattr(keras.Model, "compute_loss_and_updates", None)
    if theirs and type(model).compute_loss_and_updates is theirs:
        model.compute_loss_and_updates = types.MethodType(compute_loss_and_updates, model)


def compute_loss_and_updates(
    model: keras.Model,
    trainable_variables: Any,
    non_trainable_variables: Any,
    metrics_variables: Any,
    x: Any,
    y: Any,
    sample_weight: Any,
    training: bool = False,
    optimizer_variables: Any = None,
) -> Any:
    """Does what Keras's method of this name does, in one scope that knows all values."""
    mapping = [
        *zip(model.trainable_variables, trainable_variables, strict=True),
        *zip(model.non_trainable_variables, non_trainable_variables, strict=True),
        *zip(model.metrics_variables, metrics_variables, strict=True),
    ]
    if optimizer_variables is not None:
        mapping += zip(model.optimizer.variables, optimizer_variables, strict=True)
    with keras.StatelessScope(state_mapping=mapping, collect_losses=True) as scope:
        y_pred = model(x, training=training)
        loss = model.compute_loss(x, y, y_pred, sample_weight, training)
        scaled_loss = model.optimizer.scale_loss(loss) if training else loss
    non_trainable_variables, metrics_variables = (
        [scope.get_current_value(v) for v in variables]
        for variables in (model.non_trainable_variables, model.metrics_variables)
    )
    return scaled_loss, (loss, y_pred, non_trainable_variables, metrics_variables)
