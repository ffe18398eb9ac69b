"""What a training step minimises: a list of (loss, variables, optimizer), usually one."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any

import keras

from triceras.errors import UserError


@dataclasses.dataclass
class Objective:
    """A loss, the variables that it trains, and the optimizer that moves them.

    Args:
        name: the name of its loss in logs, `loss` where there is only one.
        compute_loss: `(inputs, targets, training) -> scalar`; runs the forward pass and updates
            the model's metrics.
        variables: the trainable variables that it moves; two objectives may share some.
        optimizer: a Keras optimizer that trains just these variables.
    """

    name: str
    compute_loss: Callable[[Any, Any, bool], Any]
    variables: list[keras.Variable]
    optimizer: keras.optimizers.Optimizer


def objectives_of(model: keras.Model) -> Sequence[Objective]:
    """The objectives of a model: its own `objectives()`, or else what `fit` would minimise.

    A step goes through them in order, and each sees what the ones before it changed.

    Raises:
        UserError: the model is not compiled, or two objectives have one name.
    """
    own = getattr(model, "objectives", None)
    if own is None:
        if getattr(model, "optimizer", None) is None:
            raise UserError(f"the model {model.name!r} has no optimizer: call model.compile first")
        loss = functools.partial(forward, model)
        return [Objective("loss", loss, model.trainable_variables, model.optimizer)]
    objectives: Sequence[Objective] = own()
    names = [objective.name for objective in objectives]
    if not names or len(set(names)) < len(names):
        raise UserError(
            f"{type(model).__name__}.objectives() must return objectives of different names, not "
            f"{names}"
        )
    return objectives


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
