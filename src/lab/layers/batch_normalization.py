"""Batch normalisation whose statistics are equally exact on all backends."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="lab")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras's `BatchNormalization`, its statistics added up an axis at a time.

    TensorFlow on a CPU adds the numbers of all reduced axes one after another: over a batch of
    images the rounding of such a sum makes a variance wrong by 4e-5, where float32 could give 1e-7.
    A sum of sums adds up short rows, whose rounding stays small on each backend. Arguments,
    weights and results are otherwise Keras's.

    Reference:
        - [Ioffe and Szegedy, 2015](https://arxiv.org/abs/1502.03167).
        - [Higham, 1993](https://doi.org/10.1137/0914050), for the error of sums in parts.
    """

    def _moments(self, inputs: Any, mask: Any) -> tuple[Any, Any]:
        if mask is not None or self.synchronized:
            return super()._moments(inputs, mask)
        mean = self.mean_by_axes(inputs)
        # From any constant deviations give the variance so, and derivatives of all orders; from
        # this one the first needs no pass over the inputs for what moves the mean.
        constant = ops.stop_gradient(mean)
        squares = self.mean_by_axes(ops.square(inputs - constant))
        variance = squares - ops.square(mean - constant)
        axes = tuple(self._reduction_axes or ())
        return ops.squeeze(mean, axes), ops.squeeze(variance, axes)

    def mean_by_axes(self, inputs: Any) -> Any:
        """The mean over all axes but the normalised one, which keep a length of 1."""
        count = 1
        for axis in reversed(self._reduction_axes or ()):
            count *= ops.shape(inputs)[axis]
            inputs = ops.sum(inputs, axis=axis, keepdims=True)
        return inputs / ops.cast(count, inputs.dtype)
