"""What a training step minimises: a list of (loss, variables, optimizer), usually one."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import keras


@dataclasses.dataclass
class Objective:
    """A loss, the variables that it trains, and the optimizer that moves them.

    Args:
        name: the name of its loss in logs, `loss` where there is only one.
        compute_loss: `(inputs, targets) -> scalar`; runs the forward pass in training mode and
            updates the model's metrics.
        variables: the trainable variables it moves.
        optimizer: a Keras optimizer that trains just these variables.
    """

    name: str
    compute_loss: Callable[[Any, Any], Any]
    variables: list[keras.Variable]
    optimizer: keras.optimizers.Optimizer


def objectives_of(model: keras.Model) -> Sequence[Objective]:
    """The objectives of a model: its own `objectives()`, or else what `fit` would minimise."""
    own = getattr(model, "objectives", None)
    if callable(own):
        return own()

    def compute_loss(inputs, targets):
        return forward(model, inputs, targets, training=True)

    return [Objective("loss", compute_loss, model.trainable_variables, model.optimizer)]


def forward(model: keras.Model, inputs: Any, targets: Any, training: bool) -> Any:
    """One forward pass: predictions, `model.compute_loss`, metrics; what `fit` does with a batch.

    Returns:
        The loss, a scalar: the compiled loss and all that layers added with `add_loss`.
    """
    predictions = model(inputs, training=training)
    loss = model.compute_loss(x=inputs, y=targets, y_pred=predictions, training=training)
    batch_size = keras.ops.shape(keras.tree.flatten(inputs)[0])[0]
    for metric in model.metrics:
        if metric.name == "loss":
            metric.update_state(loss, sample_weight=batch_size)
    model.compute_metrics(x=inputs, y=targets, y_pred=predictions)
    return loss
