"""Weights of examples in Keras's losses, made to be those of examples, whatever a loss's shape."""

import functools
from typing import Any

from keras import ops
from keras.src.losses import loss as losses


def install() -> None:
    """Mends Keras's function, for all models of this process. Calling it again changes nothing.

    Where each example has several losses, as one for each time step, and one weight, Keras
    multiplies the last axis of the one by that of the other: it fails, or weighs time steps where
    there are as many of them as examples, and so do its metrics where time steps are masked. Its
    other metrics take the weight for all of an example. Where the loss is divided by the sum of
    weights, those of all losses count, as if each were given. A mask has the first axes as well.
    """
    functions: Any = losses
    if not hasattr(functions.reduce_weighted_values, "__wrapped__"):
        functions.reduce_weighted_values = for_all_of_an_example(functions.reduce_weighted_values)
        functions.apply_mask = from_the_first_axes(functions.apply_mask)


def for_all_of_an_example(reduce_weighted_values: Any) -> Any:
    """`reduce_weighted_values` whose weights and mask belong to the first axes."""

    @functools.wraps(reduce_weighted_values)
    def reduce(
        values: Any, sample_weight: Any = None, mask: Any = None, *arguments: Any, **options: Any
    ) -> Any:
        if sample_weight is not None:
            values = ops.convert_to_tensor(values)
            sample_weight = ops.convert_to_tensor(sample_weight)
            if 0 < len(sample_weight.shape) <= len(values.shape):
                weight = ops.cast(with_axes(sample_weight, len(values.shape)), values.dtype)
                # An array of its own, as PyTorch multiplies a mask into it where it is.
                sample_weight = weight * ops.ones_like(values)
        if mask is not None:
            values, mask = ops.convert_to_tensor(values), ops.convert_to_tensor(mask)
            if 0 < len(mask.shape) < len(values.shape):
                mask = ops.broadcast_to(with_axes(mask, len(values.shape)), ops.shape(values))
        return reduce_weighted_values(values, sample_weight, mask, *arguments, **options)

    return reduce


def from_the_first_axes(apply_mask: Any) -> Any:
    """`apply_mask` whose weights may have fewer axes than its mask: they are those of examples."""

    @functools.wraps(apply_mask)
    def apply(sample_weight: Any, mask: Any, *arguments: Any, **options: Any) -> Any:
        if sample_weight is not None and mask is not None:
            sample_weight, mask = (ops.convert_to_tensor(each) for each in (sample_weight, mask))
            if 0 < len(sample_weight.shape) <= len(mask.shape):
                weight = with_axes(sample_weight, len(mask.shape))
                sample_weight = weight * ops.ones_like(mask, dtype=weight.dtype)
            else:
                # PyTorch multiplies into the data themselves.
                sample_weight = ops.copy(sample_weight)
        return apply_mask(sample_weight, mask, *arguments, **options)

    return apply


def with_axes(tensor: Any, count: int) -> Any:
    """A tensor with axes of length 1 at its end, as many as there are to be in all."""
    axes = tuple(range(len(tensor.shape), count))
    return ops.expand_dims(tensor, axes) if axes else tensor
