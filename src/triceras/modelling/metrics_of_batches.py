"""Says where a metric is a mean of one number for each batch, and not of those of examples."""

import inspect
import logging
from collections.abc import Iterator
from typing import Any

import keras

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset
from triceras.modelling.class_labels import outputs_of, pairs
from triceras.modelling.flat_outputs import takes_the_mean
from triceras.modelling.losses_of_batches import of_batches

# Of which Keras finds the function by the shapes.
FOUND = ("accuracy", "acc", "crossentropy", "ce")

log = logging.getLogger(__name__)


def tell_of_metrics_of_batches(model: Any, batch: BatchPreparation, data: Dataset) -> None:
    """Warns where a metric's function gives one number for all examples of a batch.

    Keras takes the mean of these, in which a last batch of one example counts as a full one, and
    what is computed along the last axis of outputs `(batch,)` is computed over the examples.

    Args:
        model: built and compiled.
        batch: says which parts the metrics are given.
        data: the data set.
    """
    compiled = getattr(model, "_compile_metrics", None)
    if compiled is None:
        return
    given = [getattr(compiled, f"_user_{kind}", None) for kind in ("metrics", "weighted_metrics")]
    measures = [
        (name, function, part, path)
        for tree in given
        for metrics, part, path in pairs(tree, batch.targets)
        for name, function in functions(metrics)
    ]
    # A model of somebody's own is not traced for none.
    for name in of_batches(measures, outputs_of(model, batch, data), data) if measures else ():
        log.warning(
            "the metric %s gives one number for all examples of a batch, of which the mean is "
            "shown, whatever the size of the last one: let it give one for each example, (batch,)",
            name,
        )


def functions(metrics: Any) -> Iterator[tuple[str, Any]]:
    """The names and functions of metrics of one output that are means of what a function gives."""
    for given in metrics if isinstance(metrics, list | tuple) else [metrics]:
        metric = (
            keras.metrics.get(given) if isinstance(given, str) and given not in FOUND else given
        )
        function = getattr(metric, "_fn", None) if isinstance(metric, keras.Metric) else metric
        if inspect.isfunction(function) and not takes_the_mean(function):
            options = getattr(metric, "_fn_kwargs", {})
            name = getattr(metric, "name", getattr(function, "__name__", "?"))
            yield str(name), with_options(function, options)


def with_options(function: Any, options: dict[str, Any]) -> Any:
    """A function of targets and outputs alone."""
    return lambda y_true, y_pred: function(y_true, y_pred, **options)
