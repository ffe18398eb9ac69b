"""Keras's counts of places, as of time steps or pixels, made to weigh them by their examples."""

import functools
import logging
import weakref
from typing import Any

from keras import ops
from keras.src import backend
from keras.src.metrics import confusion_metrics, iou_metrics

from triceras.modelling.example_weights import with_axes

log = logging.getLogger(__name__)

# What counts, but for what is made of these.
COUNTING = (
    confusion_metrics._ConfusionMatrixConditionCount,
    confusion_metrics.Precision,
    confusion_metrics.Recall,
    confusion_metrics.SensitivitySpecificityBase,
    confusion_metrics.AUC,
)
OVERLAPPING = (iou_metrics._IoUBase, iou_metrics.BinaryIoU)
told: weakref.WeakSet = weakref.WeakSet()
told_of_classes: weakref.WeakSet = weakref.WeakSet()


def install() -> None:
    """Mends Keras's classes, for all models of this process. Calling it again changes nothing.

    Where each example has several places and one weight, Keras multiplies by it along another
    axis: it fails, or weighs places where there are as many of them as examples. A mask counts for
    nothing there, as it does not in the formulas of these metrics, which is told.
    """
    for kinds, weights_of in ((COUNTING, weights_of_counts), (OVERLAPPING, weights_of_overlaps)):
        for kind in kinds:
            if not hasattr(kind.update_state, "__wrapped__"):
                kind.update_state = of_examples(kind.update_state, weights_of)
                if kinds is OVERLAPPING:
                    kind.update_state = of_classes(kind.update_state)


def of_examples(update_state: Any, weights_of: Any) -> Any:
    """`update_state` whose weights belong to the first axes."""

    @functools.wraps(update_state)
    def update(self: Any, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        if sample_weight is None:
            tell_of_mask(self, y_pred)
            return update_state(self, y_true, y_pred)
        y_true, outputs, weights = map(ops.convert_to_tensor, (y_true, y_pred, sample_weight))
        if len(weights.shape):
            weights = weights_of(self, weights, y_true, outputs)
        return update_state(self, y_true, y_pred, weights)

    return update


def of_classes(update_state: Any) -> Any:
    """`update_state` of an overlap that is given outputs as it takes them.

    Keras's own words for others are those of a framework about two lengths, and predictions of
    classes that it does not count it leaves out of all unions.
    """

    @functools.wraps(update_state)
    def update(self: Any, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        labels, outputs = (tuple(ops.convert_to_tensor(y).shape) for y in (y_true, y_pred))
        places = len(labels) - (not self.sparse_y_true or labels[-1:] == (1,))
        count = outputs[-1 if self.sparse_y_pred else self.axis] if outputs else None
        if self.sparse_y_pred and len(outputs) == places + 1 and count not in (1, None):
            raise ValueError(
                f"the metric {self.name} takes each output for the number of a class, and is given "
                f"{count} outputs for each label: set sparse_y_pred: false, by which the largest "
                "of them is the class"
            )
        beyond = not self.sparse_y_pred and (count or 0) > self.num_classes
        if beyond and self not in told_of_classes:
            told_of_classes.add(self)
            log.warning(
                "the metric %s has num_classes=%d, and the model %d outputs: where it predicts one "
                "of the others, the metric counts nothing; set num_classes: %d",
                *(self.name, self.num_classes, count, count),
            )
        return update_state(self, y_true, y_pred, sample_weight)

    return update


def weights_of_counts(metric: Any, weights: Any, y_true: Any, y_pred: Any) -> Any:
    """Weights with as many axes as what is counted."""
    axes = len(y_pred.shape)
    # Keras leaves a last axis of one number out where the labels have none.
    axes = min(axes, len(y_true.shape)) if y_pred.shape[-1:] == (1,) else axes
    if len(weights.shape) > axes and weights.shape[-1] == 1:
        weights = ops.squeeze(weights, -1)
    return with_axes(weights, axes)


def weights_of_overlaps(metric: Any, weights: Any, y_true: Any, y_pred: Any) -> Any:
    """A weight for each label, of which Keras takes as many as there are in any order of axes."""
    shape = list(ops.shape(y_true))
    if not metric.sparse_y_true:
        del shape[metric.axis]
    if len(weights.shape) > len(shape):
        return weights
    return ops.broadcast_to(with_axes(weights, len(shape)), shape)


def tell_of_mask(metric: Any, y_pred: Any) -> None:
    """Says once of a metric that it counts what its output masks."""
    if backend.get_keras_mask(y_pred) is None or metric in told:
        return
    told.add(metric)
    log.warning(
        "the metric %s takes no notice of the mask of its output, as in Keras, and counts what is "
        "filled up: name a part that is 1 where there is something as model.sample_weight, and the "
        "metric in model.weighted_metrics",
        metric.name,
    )
