"""Says of metrics that they count labels which the loss ignores."""

import logging
from typing import Any

import keras
import numpy as np

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset
from triceras.engines.own_steps import is_own
from triceras.modelling.class_labels import ignored_by, pairs, sparse_losses
from triceras.modelling.own_ranks import by_output
from triceras.modelling.target_ranges import first_values

# Keras gives these no `ignore_class`.
COUNTING = (
    keras.metrics.SparseCategoricalAccuracy,
    keras.metrics.SparseTopKCategoricalAccuracy,
    keras.metrics.SparseCategoricalCrossentropy,
)

log = logging.getLogger(__name__)


def tell_of_ignored_labels(model: Any, batch: BatchPreparation, data: Dataset) -> None:
    """Warns where a metric takes a label that the loss ignores, as of void pixels, for a class.

    An accuracy of a model that makes no mistake is then less than 1.

    Args:
        model: built and compiled.
        batch: says which parts the losses are given.
        data: the data set, whose first training examples are looked at.
    """
    losses = sparse_losses(model, batch)
    ignored = {path: ignored_by(one) for one, _, path in losses}
    keys = ["_user_metrics", *(["_user_weighted_metrics"] if batch.sample_weight is None else [])]
    compiled = getattr(model, "_compile_metrics", None)
    for key in keys:
        own = by_output(getattr(compiled, key, None), batch.targets)
        for metrics, part, path in pairs(own, batch.targets):
            several = metrics if isinstance(metrics, list | tuple) else [metrics]
            names = [metric.name for metric in several if counts_all(metric)]
            if not names or ignored.get(path) is None:
                continue
            values = first_values(part, batch, data)
            share = np.mean(values == ignored[path]) if values.size else 0
            if share:
                log.warning(
                    "the metric %s counts %s=%d, which the loss ignores, as wrong (%.1f %% of the "
                    "labels that were looked at): give the data a part that is 0 there and else 1, "
                    "name it in model.sample_weight, and the metric in model.weighted_metrics",
                    *(", ".join(names), part, ignored[path], 100 * share),
                )


def counts_all(metric: Any) -> bool:
    """Whether a metric takes each label for a class; one of one's own may leave some out."""
    return isinstance(metric, COUNTING) and not is_own(metric, "update_state")
