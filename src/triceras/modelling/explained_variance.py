"""Keras's coefficient of determination, made to hold for targets that are far from 0."""

import functools
from typing import Any

import keras
from keras import ops
from keras.src.losses.loss import squeeze_or_expand_to_same_rank

from triceras.modelling.example_weights import with_axes

R2Score = keras.metrics.R2Score


def install() -> None:
    """Mends Keras's class, for all models of this process. Calling it again changes nothing.

    Keras takes the difference of two sums of squares for the variance, of which in 32 bits little
    is left where targets are far from 0 beside their spread: of years around 2000 with a deviation
    of 10 the score of 500 was wrong by 1e-3, and by another number on each backend. Here the
    squares are those of distances from the mean of the first batch, as far as it counts.

    Of several outputs it counts each number as an example (`num_regressors`). Here it counts rows.
    """
    kind: Any = R2Score
    if not hasattr(kind.update_state, "__wrapped__"):
        kind._build = with_origin(kind._build)
        kind.update_state = from_origin(kind.update_state)


def with_origin(build: Any) -> Any:
    """`_build` that adds where distances are taken from."""

    @functools.wraps(build)
    def begin(self: Any, y_true_shape: Any, y_pred_shape: Any) -> None:
        build(self, y_true_shape, y_pred_shape)
        self.origin = self.add_variable(
            name="origin", shape=[y_pred_shape[-1]], initializer="zeros"
        )

    return begin


def from_origin(update_state: Any) -> Any:
    """`update_state` of distances."""

    @functools.wraps(update_state)
    def update(self: Any, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        tensors = (ops.convert_to_tensor(y, self.dtype) for y in (y_true, y_pred))
        y_true, y_pred = squeeze_or_expand_to_same_rank(*tensors)
        if not self._built:
            self._build(y_true.shape, y_pred.shape)
        first = ops.equal(self.count, 0)
        center = mean_of(y_true, sample_weight)
        origin = ops.where(first, center, ops.convert_to_tensor(self.origin))
        self.origin.assign(origin)
        count = ops.cast(ops.shape(y_true)[0], self.num_samples.dtype)
        rows = ops.copy(self.num_samples) + count
        update_state(self, y_true - origin, y_pred - origin, sample_weight)
        self.num_samples.assign(rows)

    return update


def mean_of(targets: Any, weights: Any) -> Any:
    """The mean of each output's targets `(batch, outputs)`, where they count."""
    if weights is None:
        return ops.mean(targets, axis=0)
    weights = with_axes(ops.convert_to_tensor(weights, targets.dtype), 2)
    weights = ops.broadcast_to(weights, ops.shape(targets))
    counted = ops.sum(weights, axis=0)
    # Of weights that are all 0 there is none, and nothing is counted from it.
    return ops.sum(weights * targets, axis=0) / ops.where(counted == 0, 1.0, counted)
