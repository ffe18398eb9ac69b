"""The loss of each step of `fit`, which by itself shows only means since the epoch began."""

import logging
from collections.abc import Mapping
from typing import Any

import keras

log = logging.getLogger(__name__)

# No metric of the model's own is called so.
STEP_LOSS = "loss of the step"


class LastValue(keras.metrics.Metric):
    """The value of the last update."""

    updated = False

    def __init__(self, name: str):
        super().__init__(name=name)
        self.value = self.add_variable(shape=(), initializer="zeros", name="value")

    def update_state(self, value: Any) -> None:
        self.updated = True
        self.value.assign(value)

    def result(self) -> Any:
        # TensorFlow fails with a variable among the results of a step that is not compiled.
        return keras.ops.convert_to_tensor(self.value)


class StepLoss:
    """Makes `fit` report each step's own loss beside the running mean.

    Args:
        model: compiled.
    """

    def __init__(self, model: keras.Model):
        metric = self.metric = LastValue(STEP_LOSS)
        self.missed = False
        compute_loss = model.compute_loss

        def compute_and_show_loss(*args: Any, **kwargs: Any) -> Any:
            loss = compute_loss(*args, **kwargs)
            metric.update_state(loss)
            return loss

        # Tracking is closed once a model is built; the metric must still be carried by JAX's step.
        model._metrics.append(metric)
        model.compute_loss = compute_and_show_loss
        if not any(other is metric for other in model.metrics):
            carry_last_values(type(model))

    def begin(self) -> None:
        """Says that steps are to come, which have to compute the loss themselves."""
        self.metric.updated = False

    def of(self, logs: Mapping[str, Any]) -> dict[str, Any]:
        """The loss of the step that was just taken, `{"loss": value}`.

        It is empty for a `train_step` of the model's own that tells none.
        """
        if STEP_LOSS in logs and self.metric.updated:
            return {"loss": logs[STEP_LOSS]}
        if not self.missed:
            log.warning(
                "the model's train_step tells no loss of each step, as it does not call "
                "self.compute_loss or return self.compute_metrics(...): steps.csv has the running "
                "means alone"
            )
        self.missed = True
        return {}


def carry_last_values(kind: Any) -> None:
    """Has a `metrics` of the model's own, which leaves out what it does not know, name them too."""
    own = kind.metrics
    kind.metrics = property(
        lambda model: [*own.fget(model), *(m for m in model._metrics if isinstance(m, LastValue))]
    )
