"""What a training step minimises: a list of (loss, variables, optimizer), usually one."""

import dataclasses
import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import keras

from triceras.data.batch import Batch
from triceras.engines.own_steps import check_told, is_own
from triceras.errors import UserError

# What else is in `steps.csv`; `loss` is the sum of several losses.
TAKEN = ("step", "loss")
# An attribute of a model whose first batch has shown that no objective updates Keras's `loss`.
TELLS_SUM = "_tells_sum"


@dataclasses.dataclass
class Objective:
    """A loss, the variables that it trains, and the optimizer that moves them.

    Args:
        name: the name of its loss in logs, `loss` where there is only one.
        compute_loss: `(inputs, targets, training) -> scalar`; runs the forward pass and updates
            the model's metrics. It is given `sample_weight` by name where examples have weights.
        variables: the trainable variables that it moves; two objectives may share some.
        optimizer: a Keras optimizer that trains just these variables.
        tell: is given its loss and the inputs, once it is computed.
    """

    name: str
    compute_loss: Callable[..., Any]
    variables: list[keras.Variable]
    optimizer: keras.optimizers.Optimizer
    tell: Callable[[Any, Any], None] | None = None

    def loss(self, batch: Batch, training: bool) -> Any:
        """The loss of a batch, a scalar.

        Raises:
            UserError: examples have weights, which the loss does not take, or it is an array.
        """
        loss = self.loss_alone(batch, training)
        if self.tell is not None:
            self.tell(loss, batch.inputs)
        return loss

    def loss_alone(self, batch: Batch, training: bool) -> Any:
        """The same, and nobody is told."""
        if batch.sample_weight is None:
            return one_number(self.compute_loss(batch.inputs, batch.targets, training))
        if not takes_weights(self.compute_loss):
            raise UserError(
                f"the objective {self.name!r} takes no weights of examples: give its compute_loss "
                "a parameter sample_weight, or leave model.sample_weight and model.class_weight out"
            )
        return one_number(
            self.compute_loss(
                batch.inputs, batch.targets, training, sample_weight=batch.sample_weight
            )
        )


def one_number(loss: Any) -> Any:
    """A loss, which is one.

    Raises:
        UserError: it is an array, of which each backend would make something else, or nothing.
    """
    shape = getattr(loss, "shape", ())
    # On TensorFlow it may be unknown how many axes there are.
    if getattr(shape, "rank", 0) is not None and len(shape):
        raise UserError(
            f"the loss of a batch is an array of shape {tuple(shape)} and has to be one number: "
            "give the loss another reduction than none (sum_over_batch_size is Keras's own), or "
            "take the mean in compute_loss"
        )
    return loss


def takes_weights(compute_loss: Callable[..., Any]) -> bool:
    """Whether a function has a parameter for weights of examples."""
    parameters = inspect.signature(compute_loss).parameters.values()
    return any(p.name == "sample_weight" or p.kind is p.VAR_KEYWORD for p in parameters)


def objectives_of(model: keras.Model) -> Sequence[Objective]:
    """The objectives of a model: its own `objectives()`, or else what `fit` would minimise.

    A step goes through them in order, and each sees what the ones before it changed.

    Raises:
        UserError: the model is not compiled, or two objectives have one name or one optimizer.
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
    taken = [name for name in names if name in TAKEN[: 1 if len(names) == 1 else None]]
    if taken:
        raise UserError(
            f"{type(model).__name__}.objectives() calls one {taken[0]!r}, as another column of "
            "steps.csv is called: give it another name"
        )
    check_optimizers(type(model).__name__, objectives)
    tell = functools.partial(tell_of_sum, model, len(objectives))
    return [dataclasses.replace(objective, tell=tell) for objective in objectives]


def tell_of_sum(model: Any, count: int, loss: Any, inputs: Any) -> None:
    """Tells Keras's metric of the loss of one of several, where no objective does so itself.

    The metric's mean over all of them is then that of their sum.

    Args:
        model: compiled, and tried with a first batch.
        count: how many objectives there are.
        loss: of one.
        inputs: of the batch.
    """
    if getattr(model, TELLS_SUM, False):
        model._loss_tracker.update_state(count * loss, sample_weight=batch_size_of(inputs))


def check_optimizers(kind: str, objectives: Sequence[Objective]) -> None:
    """Checks that no two objectives share an optimizer, of whose state a step keeps one for each.

    Args:
        kind: the name of the model's class.
        objectives: of the model.

    Raises:
        UserError: two do.
    """
    first: dict[int, str] = {}
    for objective in objectives:
        other = first.setdefault(id(objective.optimizer), objective.name)
        if other != objective.name:
            raise UserError(
                f"{kind}.objectives() gives {other!r} and {objective.name!r} one optimizer: give "
                "each an optimizer of its own"
            )


def forward(
    model: Any,
    inputs: Any,
    targets: Any,
    training: bool,
    told_by_loop: bool = False,
    sample_weight: Any = None,
) -> Any:
    """One forward pass: predictions, `model.compute_loss`, metrics; what `fit` does with a batch.

    Args:
        model: compiled.
        inputs: of a batch.
        targets: of a batch.
        training: whether it is a step of training.
        told_by_loop: whether the loop tells what `model.compute_metrics` returns.
        sample_weight: how much each example counts, or `None`.

    Returns:
        The loss, a scalar: the compiled loss and all that layers added with `add_loss`.
    """
    predictions = model(inputs, training=training)
    # By Keras's own way to it, as a `compute_loss` from before `training` came takes none.
    loss = model._compute_loss(inputs, targets, predictions, sample_weight, training=training)
    update_loss_metric(model, loss, batch_size_of(inputs))
    told = model.compute_metrics(inputs, targets, predictions, sample_weight=sample_weight)
    if not told_by_loop and is_own(model, "compute_metrics"):
        check_told(told, model.get_metrics_result())
    return loss


def batch_size_of(inputs: Any) -> Any:
    """The number of examples in a batch's inputs; on TensorFlow it may be a tensor."""
    return keras.ops.shape(keras.tree.flatten(inputs)[0])[0]


def update_loss_metric(model: keras.Model, loss: Any, batch_size: Any) -> None:
    """Tells the metric that Keras made for the loss of it, as `fit` does.

    One of the model's own of the same name is the model's to update. Only where its `metrics`
    leave out Keras's, and it has no `compute_loss` that could have updated its own, that is told.
    """
    of_keras: Any = model._loss_tracker
    metrics = [metric for metric in model.metrics if metric is of_keras]
    if not metrics and type(model).compute_loss is keras.Model.compute_loss:
        metrics = [metric for metric in model.metrics if metric.name == "loss"]
    for metric in metrics:
        metric.update_state(loss, sample_weight=batch_size)
