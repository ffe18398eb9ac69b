"""What Python values hold, as far as it is looked for variables and generators."""

import contextlib
import functools
from collections.abc import Sequence
from types import FunctionType, MethodType
from typing import Any

from triceras.engines.model_parts import LIBRARIES, has_settings

# How far is looked into what something has, and into how long a collection.
DEEP, FEW = 4, 1000


def parts_of(value: Any) -> Sequence[Any]:
    """What a collection, an object or a function holds, if it is not too much."""
    if isinstance(value, dict):
        parts = list(value.values())
    elif isinstance(value, list | tuple):
        parts = list(value)
    elif isinstance(value, functools.partial):
        parts = [value.func, *value.args, *value.keywords.values()]
    elif isinstance(value, MethodType):
        parts = [value.__self__, value.__func__]
    elif isinstance(value, FunctionType):
        parts = list(named_in(value).values())
    elif has_settings(value):
        parts = [*vars(value).values(), *around_methods(type(value)).values()]
    else:
        parts = []
    return parts if len(parts) <= FEW else []


def around_methods(kind: type) -> dict[str, Any]:
    """What the methods of a class of somebody's own have from around them."""
    found: dict[str, Any] = {}
    for method in own_methods(kind):
        found |= named_in(method)
    return found


@functools.cache
def own_methods(kind: type) -> tuple[FunctionType, ...]:
    """The methods of a class that are somebody's own."""
    own = [one for one in kind.__mro__ if one.__module__.partition(".")[0] not in LIBRARIES]
    values = [value for one in own for value in vars(one).values()]
    return tuple(value for value in values if isinstance(value, FunctionType))


def named_in(function: FunctionType) -> dict[str, Any]:
    """What a function of somebody's own has from around it, as a rate of its own may be one."""
    if (function.__module__ or "").partition(".")[0] in LIBRARIES:
        return {}
    code, around = function.__code__, function.__globals__
    found = {name: around[name] for name in code.co_names if name in around}
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        # It may hold nothing yet.
        with contextlib.suppress(ValueError):
            found[name] = cell.cell_contents
    given = function.__defaults__ or ()
    taken = code.co_varnames[: code.co_argcount]
    found |= zip(taken[len(taken) - len(given) :], given, strict=True)
    return found | (function.__kwdefaults__ or {})
