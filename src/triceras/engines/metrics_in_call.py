"""What Keras's `fit` on JAX needs for what a forward pass updates."""

from typing import Any

import keras

from triceras.engines.assigned import AssigningScope


def compute_loss_and_updates(
    self: keras.Model,
    trainable_variables: Any,
    non_trainable_variables: Any,
    metrics_variables: Any,
    x: Any,
    y: Any,
    sample_weight: Any,
    training: bool = False,
    optimizer_variables: Any = None,
) -> Any:
    """Computes what `jax.grad` and the rest of a step want, as Keras's method of this name does.

    Returns:
        The scaled loss, and a tuple of the loss, the predictions and the new values of the
        non-trainable and of the metrics' variables.
    """
    mapping = [
        *zip(self.trainable_variables, trainable_variables, strict=True),
        *zip(self.non_trainable_variables, non_trainable_variables, strict=True),
        *zip(self.metrics_variables, metrics_variables, strict=True),
    ]
    if optimizer_variables is not None:
        mapping += zip(self.optimizer.variables, optimizer_variables, strict=True)
    with AssigningScope(mapping, self.trainable_variables, collect_losses=True) as scope:
        y_pred = self(x, training=training)
        loss = self._compute_loss(x, y, y_pred, sample_weight, training)
        scaled_loss = self.optimizer.scale_loss(loss) if training else loss
    non_trainable_variables, metrics_variables = (
        [scope.get_current_value(v) for v in variables]
        for variables in (self.non_trainable_variables, self.metrics_variables)
    )
    return scaled_loss, (loss, y_pred, non_trainable_variables, metrics_variables)
