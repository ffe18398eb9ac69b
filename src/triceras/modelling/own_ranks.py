"""Says where a loss or a metric of one's own compares each example with each."""

import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
from keras import ops

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset
from triceras.engines.own_steps import is_own
from triceras.modelling.class_labels import outputs_of, pairs, shape_at
from triceras.modelling.target_ranges import first_values, name_of

# Different numbers that are enough to tell.
ENOUGH = 4
# More than rounding.
TOLERANCE = 1e-3

log = logging.getLogger(__name__)


def tell_of_own_ranks(model: Any, batch: BatchPreparation, data: Dataset) -> None:
    """Warns where what is measured depends on whether targets are `(batch,)` or `(batch, 1)`.

    Keras's losses and metrics make one of the other. One of one's own that takes the one from the
    other makes a table of all examples and all outputs, and each number of it counts: training
    then ends with the mean of the targets for every example.

    Args:
        model: built and compiled.
        batch: says which parts the losses are given.
        data: the data set, of whose first targets some are tried.
    """
    if is_own(model, "compute_loss") or is_own(model, "train_step"):
        return
    outputs = outputs_of(model, batch, data)
    for what, measure, part, path in measures(model, batch.targets):
        shapes = (tuple(data.train.shape(part)), (shape_at(outputs, path) or (None, None))[1:])
        if shapes not in (((), (1,)), ((1,), ())):
            continue
        values = np.unique(first_values(part, batch, data))[:ENOUGH]
        found = tried(measure, values, shapes) if len(values) > 1 else None
        if found is not None and not np.isclose(*found, rtol=TOLERANCE, equal_nan=True):
            log.warning(
                "the %s compares each example with each, as the target %s is (batch%s) and the "
                "output (batch%s): of a few targets it makes %.5g, and %.5g where both have one "
                "shape; give them one in it, as by ops.reshape(y_true, ops.shape(y_pred))",
                *(what, part, *(", 1" if shape else "," for shape in shapes), *found),
            )


def measures(model: Any, targets: Any) -> Iterator[tuple[str, Callable[..., Any], str, Any]]:
    """The losses and metrics that are not Keras's own, each with its part and its output."""
    for loss, part, path in pairs(model.loss, targets):
        # Of a function Keras makes a loss that brings both to one shape.
        if isinstance(loss, keras.losses.Loss) and not is_of_keras(loss):
            yield f"loss {name_of(loss)}", of_loss(loss), part, path
    compiled = getattr(model, "_compile_metrics", None)
    for key in ("_user_metrics", "_user_weighted_metrics"):
        for metrics, part, path in pairs(by_output(getattr(compiled, key, None), targets), targets):
            for metric in metrics if isinstance(metrics, list | tuple) else [metrics]:
                if isinstance(metric, keras.metrics.Metric) and not is_of_keras(metric):
                    yield f"metric {metric.name}", of_metric(metric), part, path


def by_output(metrics: Any, targets: Any) -> Any:
    """Metrics as `pairs` takes them: a list of those of one output is no list of outputs."""
    alike = isinstance(metrics, list | tuple) and isinstance(targets, list | tuple)
    return metrics if isinstance(targets, str) or isinstance(metrics, dict) or alike else None


def is_of_keras(measure: Any) -> bool:
    """Whether a loss or a metric is Keras's, with a function of Keras's where it has one."""
    function = getattr(measure, "_fn", None)
    kinds = [type(measure), *([] if function is None else [function])]
    return all(str(getattr(kind, "__module__", "")).startswith("keras.") for kind in kinds)


def of_loss(loss: keras.losses.Loss) -> Callable[..., Any]:
    """What a loss makes of each example, of targets of the type in which Keras gives them."""
    return lambda y_true, y_pred: loss.call(ops.cast(y_true, loss.dtype), y_pred)


def of_metric(metric: Any) -> Callable[..., Any]:
    """What a metric makes of a batch alone, which changes nothing in it."""

    def measure(y_true: Any, y_pred: Any) -> Any:
        empty = [ops.zeros_like(variable.value) for variable in metric.variables]
        state = metric.stateless_update_state(empty, y_true, y_pred)
        return metric.stateless_result(state)

    return measure


def tried(measure: Callable[..., Any], values: np.ndarray, shapes: Any) -> Any:
    """What is measured of targets and outputs of their shapes, and of equal ones, or `None`."""
    target, output = ((len(values), *shape) for shape in shapes)
    predicted = np.roll(values, 1).astype("float32").reshape(output)
    # What it refuses by itself it also refuses in training.
    # Nor does it change what it keeps, as a generator, before the first step.
    with contextlib.suppress(Exception), keras.StatelessScope():
        return [
            float(np.mean(ops.convert_to_numpy(measure(ops.convert_to_tensor(y), predicted))))
            for y in (values.reshape(target), values.reshape(output))
        ]
    return None
