"""Pictures of a batch as `(n, height, width, channels)`, in whichever shape the part has them."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from triceras.errors import UserError
from triceras.random.namespace import cast


def names(parts: str | Sequence[str] | None) -> tuple[str, ...]:
    """Names of parts, one or several."""
    if parts is None:
        return ()
    return (parts,) if isinstance(parts, str) else tuple(parts)


def changed(
    parts: dict[str, Any],
    which: Sequence[str],
    image_shape: Sequence[int] | None,
    change: Callable[[Any], Any],
    ops: Any,
) -> dict[str, Any]:
    """The parts with other pictures.

    Args:
        parts: of a batch.
        which: names of those that are pictures.
        image_shape: height, width and channels, for pictures that come flat.
        change: makes pictures `(n, height, width, channels)` of such.
        ops: `keras.ops` or `numpy`.
    """
    found = dict(parts)
    for name in which:
        x = parts[name]
        found[name] = ops.reshape(change(pictures(name, x, image_shape, ops)), ops.shape(x))
    return found


def pictures(name: str, x: Any, image_shape: Sequence[int] | None, ops: Any) -> Any:
    """A part as `(n, height, width, channels)`.

    Raises:
        UserError: it is of no such shape.
    """
    shape = tuple(ops.shape(x))
    if len(shape) == 4:
        return x
    if len(shape) == 3:
        return ops.reshape(x, (*shape, 1))
    if len(shape) == 2 and image_shape is not None:
        height, width, channels = image_shape
        if height * width * channels == shape[1]:
            return ops.reshape(x, (shape[0], height, width, channels))
    raise UserError(
        f"augment: the part {name!r} has examples of shape {shape[1:]}; wanted are pictures, "
        "(height, width) or (height, width, channels), or flat ones with "
        "image_shape: [height, width, channels]"
    )


def kind_of(x: Any) -> str:
    """The name of the type of an array or a tensor."""
    if isinstance(x, np.ndarray):
        return x.dtype.name
    import keras

    return keras.backend.standardize_dtype(x.dtype)


def whole_from_uniform(uniform: Any, count: int, ops: Any) -> Any:
    """Whole numbers from 0 to `count - 1` of numbers in [0, 1), the same on every backend."""
    # Multiples of 2^-24 times a small whole number are exact in float32, and so is the floor.
    return cast(ops.floor(uniform * float(count)), "int32", ops)
