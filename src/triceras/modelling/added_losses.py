"""Losses that layers add, each of which counts as often as it was added."""

import functools
from typing import Any

import keras
from keras import ops
from keras.src.backend.common.stateless_scope import get_stateless_scope

from triceras.modelling.metric_precision import HALF


def install() -> None:
    """Mends Keras's layers, for all models of this process. Calling it again changes nothing.

    Where the state is a value, as on JAX and in the custom loop on PyTorch, Keras knows by the
    tensor whose a loss is: one that two layers had added counted four times. And on TensorFlow one
    of half precision could not be added to others.
    """
    if not hasattr(keras.Layer.add_loss, "__wrapped__"):
        keras.Layer.add_loss = each_its_own(keras.Layer.add_loss)
    model: Any = keras.Model
    if not hasattr(model._aggregate_additional_loss, "__wrapped__"):
        model._aggregate_additional_loss = whole(model._aggregate_additional_loss)


def each_its_own(add_loss: Any) -> Any:
    """`Layer.add_loss` that adds a copy of a tensor that another layer has added."""

    @functools.wraps(add_loss)
    def add(self: Any, loss: Any) -> Any:
        scope: Any = get_stateless_scope()
        if scope is None or not scope.collect_losses:
            return add_loss(self, loss)
        others = {id(one) for one in scope.losses} - self._loss_ids

        def own(one: Any) -> Any:
            return ops.copy(one) if id(one) in others else one

        return add_loss(self, keras.tree.map_structure(own, loss))

    return add


def whole(aggregate: Any) -> Any:
    """`Model._aggregate_additional_loss` that gives float32 where losses are of half precision."""

    @functools.wraps(aggregate)
    def aggregated(self: Any, loss: Any) -> Any:
        result = aggregate(self, loss)
        half = keras.backend.standardize_dtype(result.dtype) in HALF
        return ops.cast(result, "float32") if half else result

    return aggregated
