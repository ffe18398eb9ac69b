"""Parts of several lengths, brought to one, and which places of them are padding."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from triceras.errors import UserError

MASK = "_mask"


def padded(
    arrays: dict[str, np.ndarray], lengths: Mapping[str, int], axis: int, where: str
) -> dict[str, np.ndarray]:
    """Named arrays of which some are filled up with zeros.

    Args:
        arrays: by name.
        lengths: what each part that is named here is brought to.
        axis: along which; 0 of an example, 1 of rows of examples.
        where: what they are of, for messages.

    Returns:
        The same arrays, and for each that was filled up `<name>_mask`, of the shape of a weight for
        each place: 0 where it was filled up, and elsewhere that of the arrays, or else 1 (float32).

    Raises:
        UserError: there is no such part, it has no places, it is longer, or its mask is of
            another shape.
    """
    found = dict(arrays)
    for name, length in lengths.items():
        if name not in arrays:
            raise UserError(f"data.pad names {name!r}, and {where} gives {', '.join(arrays)}")
        array = arrays[name]
        if array.ndim <= axis:
            raise UserError(f"data.pad names {name!r}, which is of shape {array.shape} in {where}")
        size = array.shape[axis]
        if size > length:
            raise UserError(
                f"{where} gives {name!r} of length {size}, and data.pad.{name}={length}: cut it in "
                f"the source, or set data.pad.{name}={size} or more"
            )
        after = [(0, length - size if i == axis else 0) for i in range(array.ndim)]
        found[name] = np.pad(array, after)
        own = arrays.get(f"{name}{MASK}")
        if own is None:
            own = np.ones((*array.shape[:axis], size), np.float32)
        elif own.ndim != axis + 1 or own.shape[axis] != size:
            raise UserError(
                f"{where} gives {name}{MASK} of shape {own.shape}, and {name!r} of {array.shape}: "
                "a mask has a number for each place of it"
            )
        found[f"{name}{MASK}"] = np.pad(own, after[: axis + 1])
    return found


def check_pad(pad: Any) -> dict[str, int]:
    """Checks `data.pad`.

    Raises:
        UserError: it is no length for each of some parts.
    """
    if pad is None:
        return {}
    right = isinstance(pad, Mapping) and all(
        isinstance(length, int) and not isinstance(length, bool) and length > 0
        for length in pad.values()
    )
    if not right:
        raise UserError(f"data.pad={pad} is unknown: use a length of parts, as in {{tokens: 32}}")
    return {str(name): length for name, length in pad.items()}
