"""Weights of examples in Keras's losses, made to be those of examples, whatever a loss's shape."""

import functools
from typing import Any

from keras import ops
from keras.src.losses import loss as losses


def install() -> None:
    """Mends Keras's function, for all models of this process. Calling it again changes nothing.

    Where each example has several losses, as one for each time step, and one weight, Keras
    multiplies the last axis of the one by that of the other: it fails, or weighs time steps where
    there are as many of them as examples. Its metrics take the weight for all of an example. Where
    the loss is divided by the sum of weights, those of all losses count, as if each were given.
    """
    functions: Any = losses
    if not hasattr(functions.reduce_weighted_values, "__wrapped__"):
        functions.reduce_weighted_values = for_all_of_an_example(functions.reduce_weighted_values)


def for_all_of_an_example(reduce_weighted_values: Any) -> Any:
    """`reduce_weighted_values` whose weights belong to the first axes."""

    @functools.wraps(reduce_weighted_values)
    def reduce(values: Any, sample_weight: Any = None, *arguments: Any, **options: Any) -> Any:
        if sample_weight is not None:
            values = ops.convert_to_tensor(values)
            sample_weight = ops.convert_to_tensor(sample_weight)
            missing = len(values.shape) - len(sample_weight.shape)
            if missing >= 0 and len(sample_weight.shape) > 0:
                axes = tuple(range(len(sample_weight.shape), len(values.shape)))
                weight = ops.expand_dims(sample_weight, axes) if axes else sample_weight
                weight = ops.cast(weight, values.dtype)
                # An array of its own, as PyTorch multiplies a mask into it where it is.
                sample_weight = weight * ops.ones_like(values)
        return reduce_weighted_values(values, sample_weight, *arguments, **options)

    return reduce
