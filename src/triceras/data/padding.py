"""Parts of several lengths, brought to one, and which places of them are padding."""

import contextlib
import time
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from triceras.errors import UserError

MASK = "_mask"
# For so long examples are made to see how long they are, where one is too long.
SECONDS = 10.0


class TooLongError(UserError):
    """A part is longer than what it is brought to.

    Args:
        message: for a person.
        part: its name.
        length: what it is brought to.
    """

    def __init__(self, message: str, part: str = "", length: int = 0):
        super().__init__(message)
        self.part = part
        self.length = length

    def of_all(self, where: str, sizes: Iterable[tuple[int, int]]) -> UserError:
        """The same of all examples, or of as many as can soon be looked at.

        Args:
            where: what they are of.
            sizes: how many examples are of which length, of some after others.
        """
        seen = beyond = longest = 0
        of, more = "the first ", " or more"
        end = time.monotonic() + SECONDS
        # Another example may be no such thing at all.
        with contextlib.suppress(Exception):
            for rows, size in sizes:
                seen, longest = seen + rows, max(longest, size)
                beyond += rows if size > self.length else 0
                if time.monotonic() > end:
                    break
            else:
                of, more = "", ""
        setting = f"data.pad.{self.part}"
        return UserError(
            f"{where} gives {self.part!r} of up to length {longest:,}, and {setting}="
            f"{self.length}, than which {beyond:,} of {of}{seen:,} examples are longer: cut them "
            f"in the source, or set {setting}={longest}{more}"
        )


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
        TooLongError: a part is longer.
        UserError: there is no such part, it has no places, or its mask is of another shape.
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
            raise TooLongError(
                f"{where} gives {name!r} of length {size}, and data.pad.{name}={length}: cut it in "
                f"the source, or set data.pad.{name}={size} or more",
                *(name, length),
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
