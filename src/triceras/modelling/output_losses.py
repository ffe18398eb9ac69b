"""The mean loss of each output, which Keras's `fit` shows, made to be one of examples."""

import functools
from typing import Any

import keras
from keras import ops
from keras.src.trainers.compile_utils import CompileLoss


def install() -> None:
    """Mends Keras's class, for all models of this process. Calling it again changes nothing.

    Where a model has several losses, Keras takes the mean of each over batches by their numbers of
    examples. On TensorFlow `fit` and `evaluate` do not know these while a step is traced, and each
    batch counts alike, a last one of few examples too.
    """
    if keras.backend.backend() == "tensorflow" and not hasattr(CompileLoss.call, "__wrapped__"):
        CompileLoss.build = counting_examples(CompileLoss.build)
        CompileLoss.call = knowing_examples(CompileLoss.call)


def knowing_examples(call: Any) -> Any:
    """`CompileLoss.call` that knows how many examples a batch has, as a tensor if need be."""

    @functools.wraps(call)
    def compute(self: Any, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        self.examples = ops.shape(keras.tree.flatten(y_pred)[0])[0]
        try:
            return call(self, y_true, y_pred, sample_weight)
        finally:
            # A tensor of a trace means nothing in the next one.
            self.examples = None

    return compute


def counting_examples(build: Any) -> Any:
    """`CompileLoss.build` whose metrics weigh a batch of an unknown size by its examples."""

    @functools.wraps(build)
    def build_and_count(self: Any, *arguments: Any) -> None:
        build(self, *arguments)
        for metric in self.metrics:
            metric.update_state = functools.partial(update, self, metric.update_state)

    return build_and_count


def update(losses: Any, update_state: Any, value: Any, sample_weight: Any = None) -> Any:
    """Tells a metric of a loss."""
    return update_state(
        value, sample_weight=losses.examples if sample_weight is None else sample_weight
    )
