"""Keras's normalization of layers, made to be along the axes that it is told, with their scales."""

import functools
from collections.abc import Callable
from typing import Any

import keras
from keras import ops
from keras.src.ops import nn


def install() -> None:
    """Mends Keras's functions, for all models of this process. Calling it again changes nothing.

    On PyTorch Keras hands axes that follow one another to a kernel that normalizes along the last
    ones. `LayerNormalization(axis=1)` was refused, and where axis 1 is as long as the last one, as
    of sequences with as many features as steps, the last one was normalized in its place. On every
    backend the scales of `RMSNormalization(axis=1)` were those of the last axis.
    """
    functions: Any = nn
    if hasattr(functions._rms_normalization, "__wrapped__"):
        return
    functions._rms_normalization = rms_normalization(functions._rms_normalization)
    if keras.backend.backend() == "torch":
        functions.is_continuous_axis = are_the_last
        functions._layer_normalization = layer_normalization(functions._layer_normalization)


def are_the_last(axis: Any) -> bool:
    """Whether axes that are counted from the end are the last ones, in their order."""
    axes = [axis] if isinstance(axis, int) else list(axis)
    return axes == list(range(-len(axes), 0))


def from_the_end(axis: Any, x: Any) -> Any:
    """Axes counted from the end."""
    rank = len(x.shape)
    axes = [axis] if isinstance(axis, int) else axis
    return sorted(one % rank - rank for one in axes)


def layer_normalization(own: Callable[..., Any]) -> Callable[..., Any]:
    """The function for axes that are counted from the end."""

    @functools.wraps(own)
    def normalized(
        x: Any,
        gamma: Any = None,
        beta: Any = None,
        axis: Any = -1,
        epsilon: float | None = None,
        rms_scaling: bool = False,
    ) -> Any:
        x = ops.convert_to_tensor(x)
        axes = from_the_end(axis, x)
        gamma, beta = shaped(gamma, axes, x), shaped(beta, axes, x)
        return own(x, gamma, beta, axes, epsilon, rms_scaling)

    return normalized


def rms_normalization(own: Callable[..., Any]) -> Callable[..., Any]:
    """The function for axes that are counted from the end."""

    @functools.wraps(own)
    def normalized(x: Any, scale: Any = None, axis: Any = -1, epsilon: float | None = None) -> Any:
        x = ops.convert_to_tensor(x)
        axes = from_the_end(axis, x) if len(x.shape) else axis
        if scale is not None and len(x.shape):
            scale = ops.convert_to_tensor(scale)
            torch = keras.backend.backend() == "torch"
            if are_the_last(axes):
                # The kernel takes a number for each place, and no one number for all.
                if torch and not len(scale.shape):
                    scale = ops.broadcast_to(scale, tuple(x.shape[one] for one in axes))
            elif len(scale.shape) == len(axes):
                places = range(-len(x.shape), 0)
                scale = ops.reshape(scale, [x.shape[i] if i in axes else 1 for i in places])
        return own(x, scale, axes, epsilon)

    return normalized


def shaped(v: Any, axes: list[int], x: Any) -> Any:
    """What Keras multiplies with or adds, of the shape that the kernel asks for."""
    if v is None or not are_the_last(axes):
        return v
    return ops.reshape(v, tuple(x.shape[one] for one in axes))
