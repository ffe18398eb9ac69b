"""A metric that returns a variable of its own, as Keras's own example of one does, or an array."""

import functools
from typing import Any

import keras

from triceras.modelling.metric_arrays import one_by_one


def install() -> None:
    """Mends Keras's class, for all models of this process. Calling it again changes nothing.

    On JAX a compiled step cannot return a variable. Elsewhere the history of Keras's `fit` holds
    the variable itself, which has the number of the validation by the time that it is read.
    """
    if not hasattr(keras.Model.get_metrics_result, "__wrapped__"):
        keras.Model.get_metrics_result = with_values(keras.Model.get_metrics_result)


def with_values(get_metrics_result: Any) -> Any:
    """`Model.get_metrics_result` that gives what variables hold, and numbers of arrays."""

    @functools.wraps(get_metrics_result)
    def get(self: Any) -> dict[str, Any]:
        results = get_metrics_result(self)
        return one_by_one({name: valued(result) for name, result in results.items()})

    return get


def valued(result: Any) -> Any:
    """A result, in which no variables are."""
    if isinstance(result, dict):
        return {name: valued(value) for name, value in result.items()}
    if not isinstance(result, keras.Variable):
        return result
    return keras.ops.copy(keras.ops.convert_to_tensor(result))
