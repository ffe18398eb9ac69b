"""The loss of each step of `fit`, which by itself shows only means since the epoch began."""

import functools
import logging
import math
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from triceras.engines.objective import one_number
from triceras.engines.own_steps import is_own

log = logging.getLogger(__name__)

# No metric of the model's own is called so.
STEP_LOSS = "loss of the step"


class LastValue(keras.metrics.Metric):
    """The value of the last update, NaN before the first."""

    updated = False

    def __init__(self, name: str):
        super().__init__(name=name)
        unknown = keras.initializers.Constant(math.nan)
        self.value = self.add_variable(shape=(), initializer=unknown, name="value")

    def update_state(self, value: Any, *others: Any) -> None:
        # A step of a user's own may tell all metrics of targets and predictions.
        if not others:
            self.updated = True
            self.value.assign(value)

    def reset_state(self) -> None:
        self.value.assign(math.nan)

    def result(self) -> Any:
        # TensorFlow fails with a variable among the results of a step that is not compiled.
        return keras.ops.convert_to_tensor(self.value)


class StepLoss:
    """Makes `fit` report each step's own loss beside the running mean.

    Args:
        model: compiled.
        custom_step: whether its `train_step` is the engine's.
    """

    def __init__(self, model: keras.Model, custom_step: bool = False):
        metric = self.metric = LastValue(STEP_LOSS)
        self.missed = False
        if is_own(model, "train_step") and not custom_step:
            # It may make another loss of what it has computed, of which the gradients are.
            for mean in means_of_loss(model):
                mean.update_state = showing(mean.update_state, metric)
        else:
            compute_loss = model.compute_loss

            def compute_and_show_loss(*args: Any, **kwargs: Any) -> Any:
                loss = one_number(compute_loss(*args, **kwargs))
                metric.update_state(loss)
                return loss

            model.compute_loss = compute_and_show_loss
        # Tracking is closed once a model is built; the metric must still be carried by JAX's step.
        model._metrics.append(metric)
        if not any(other is metric for other in model.metrics):
            carry_last_values(type(model))

    def begin(self) -> None:
        """Says that steps are to come, which have to compute the loss themselves."""
        self.metric.updated = False

    def of(self, logs: Mapping[str, Any]) -> dict[str, Any]:
        """The loss of the step that was just taken, `{"loss": value}`.

        It is empty for a `train_step` of the model's own that tells none.
        """
        shown = logs.get(STEP_LOSS)
        # What was told in vain, as a step of JAX does not carry it on, is NaN still.
        if shown is not None and self.metric.updated and not is_unknown(shown, logs.get("loss")):
            return {"loss": shown}
        if not self.missed:
            log.warning(
                "the model's train_step tells no loss of each step, as it does not call "
                "self._loss_tracker.update_state(loss) or return self.compute_metrics(...): "
                "steps.csv has the running means alone"
            )
        self.missed = True
        return {}


def means_of_loss(model: Any) -> list[keras.metrics.Metric]:
    """Keras's mean of the loss, and one of the model's own that is called so."""
    own = [metric for metric in model.metrics if metric.name == "loss"]
    return list({id(metric): metric for metric in [model._loss_tracker, *own]}.values())


def showing(update_state: Any, metric: LastValue) -> Any:
    """`update_state` of a mean that tells another metric, too."""

    @functools.wraps(update_state)
    def update(value: Any, *args: Any, **kwargs: Any) -> Any:
        metric.update_state(keras.ops.mean(value))
        return update_state(value, *args, **kwargs)

    return update


def is_unknown(shown: Any, mean: Any) -> bool:
    """Whether a loss is NaN, and no mean says that it is one."""
    return bool(np.isnan(shown).any()) and (mean is None or not np.isnan(mean).any())


def carry_last_values(kind: Any) -> None:
    """Has a `metrics` of the model's own, which leaves out what it does not know, name them too."""
    own = kind.metrics
    kind.metrics = property(
        lambda model: [*own.fget(model), *(m for m in model._metrics if isinstance(m, LastValue))]
    )
