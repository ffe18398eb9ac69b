"""Batch normalisation whose statistics are equally exact on all backends."""

from typing import Any

import keras

from triceras.modelling import moments


@keras.saving.register_keras_serializable(package="lab")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras's `BatchNormalization`, its statistics added up an axis at a time.

    See `triceras.modelling.moments`. Arguments, weights and results are otherwise Keras's.

    Reference:
        [Ioffe and Szegedy, 2015](https://arxiv.org/abs/1502.03167).
    """

    def _moments(self, inputs: Any, mask: Any) -> tuple[Any, Any]:
        if mask is not None or self.synchronized:
            return super()._moments(inputs, mask)
        return moments.exact_moments(inputs, self._reduction_axes or ())
