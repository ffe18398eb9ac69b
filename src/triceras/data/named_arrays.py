"""What a source of a user's gives, as arrays of numbers by name."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from triceras.data.part_checks import unmasked
from triceras.data.portable import portable
from triceras.errors import UserError, one_line


def named_arrays(
    example: Any,
    names: Sequence[str] | None,
    where: str,
    of_type: Callable[[str, Any], Any] = portable,
) -> dict[str, np.ndarray]:
    """What a source gave, as named arrays.

    Args:
        example: a dictionary, or a tuple or list whose members are called by `names`, or one
            array; what these hold may be tensors of a framework, or images of Pillow.
        names: of the members of a tuple, or `None` for `x`, `y` and `sample_weight`.
        where: what gave it, for messages.
        of_type: brings an array to another type, by the name of its part.

    Raises:
        UserError: it is none of these.
    """
    if not isinstance(example, Mapping):
        members = list(example) if isinstance(example, tuple | list) else [example]
        example = by_name(members, names, where)
    found: dict[str, np.ndarray] = {}
    for name, value in example.items():
        if isinstance(value, Mapping):
            found |= {
                f"{name}.{key}": array(part, f"{name}.{key}", where, of_type)
                for key, part in value.items()
            }
        elif value is not None:
            found[str(name)] = array(value, name, where, of_type)
    if not found:
        raise UserError(f"{where} gives {type(example).__name__} without arrays")
    return found


def by_name(members: Sequence[Any], names: Sequence[str] | None, where: str) -> dict[str, Any]:
    """The members of a tuple, by what they are called; see `named_arrays`."""
    called = names or ["x", "y", "sample_weight"]
    if len(members) > len(called) or (names and len(members) != len(names)):
        raise UserError(
            f"{where} gives {len(members)} values, and data.names has "
            f"{len(called)} ({', '.join(called)}): name each, as in data.names=[image,label]"
        )
    return dict(zip(called, members, strict=False))


def array(value: Any, name: Any, where: str, of_type: Callable[[str, Any], Any]) -> np.ndarray:
    """A value as an array of numbers; see `named_arrays`.

    Raises:
        UserError: it is none.
    """
    unmasked(f"{where}: {name!r}", value)
    try:
        # What is a view of memory that a worker shares is copied, so that this can be let go.
        shared = isinstance(value, np.ndarray) and type(value) is not np.ndarray
        made = np.array(value) if shared else np.asarray(value)
    except Exception as error:
        raise UserError(f"{where}: {name!r} cannot be made an array: {one_line(error)}") from error
    if made.dtype.kind not in "biuf":
        kind = type(value).__name__ if made.dtype.kind == "O" else f"{made.dtype.name}"
        raise UserError(
            f"{where}: {name!r} is {kind}, which is no array of numbers: make numbers of it in the "
            "source, or leave it out there"
        )
    return of_type(str(name), made[None])[0]
