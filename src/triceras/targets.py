"""What is said of a `_target_` that is not there, or does not take what it is given."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from hydra.utils import get_object

from triceras.nearest import nearest

# How Python, Keras's layers and its optimizers begin.
NOT_TAKEN = re.compile(r"unexpected keyword|nrecognized|not recognized")
MISSING = re.compile(r"^([\w.]+)\(\) missing \d+ required .*arguments?: (.*)")


def explained(name: str, config: Any, reason: str) -> str | None:
    """The message about what a configuration names wrongly; `None` where it does not.

    Args:
        name: its place, for example `optimizer`.
        config: holds `_target_`, and maybe others within.
        reason: what was said when it was built.
    """
    for place, one in targets(name, config):
        said = absent(one["_target_"])
        if said:
            return f"{place} cannot be built: {said}"
        if NOT_TAKEN.search(reason) and is_there(one["_target_"]):
            given = [str(key) for key in one if f"'{key}'" in reason]
            wrong = not_taken(place, one["_target_"], given)
            if wrong:
                return wrong
        if (said := missing(place, one, reason)) is not None:
            return said
    return None


def targets(name: str, config: Any) -> Iterator[tuple[str, Mapping[Any, Any]]]:
    """The groups of a configuration that name what to build, each with its place."""
    if isinstance(config, Mapping):
        if isinstance(config.get("_target_"), str):
            yield name, config
        inner: Iterable[tuple[str, Any]] = ((f".{key}", value) for key, value in config.items())
    elif isinstance(config, Sequence) and not isinstance(config, str):
        inner = ((f"[{i}]", value) for i, value in enumerate(config))
    else:
        return
    for place, value in inner:
        yield from targets(f"{name}{place}", value)


def absent(target: str) -> str | None:
    """What is said of a dotted name that is not there; `None` of one that is, or cannot be found.

    What is there and cannot be imported is for Python to speak of.
    """
    if is_there(target):
        return None
    module, _, last = target.rpartition(".")
    try:
        found = importlib.import_module(module)
    except Exception:
        return absent(module) if module else None
    inner = [one.name for one in pkgutil.iter_modules(getattr(found, "__path__", ()))]
    if last in inner:
        return None
    there = [one for one in (*dir(found), *inner) if not one.startswith("_")]
    near = [f"{module}.{one}" for one in nearest(last, there)]
    return f"{module} has no {last}" + (f": did you mean {' or '.join(near)}?" if near else "")


def is_there(target: str) -> bool:
    """Whether a dotted name can be found."""
    try:
        get_object(target)
    except Exception:
        return False
    return True


def missing(name: str, config: Mapping[Any, Any], reason: str) -> str | None:
    """What is said of an argument that a target has to be given; `None` where it is not that.

    Args:
        name: the configuration's place, for messages.
        config: holds `_target_`.
        reason: what was said when it was built.
    """
    found, target = MISSING.match(reason), config["_target_"]
    if not found or not is_there(target) or found[1] != called(get_object(target)):
        return None
    names = re.findall(r"'(\w+)'", found[2])
    # Another of the same class may be the one.
    if not names or any(name in config for name in names):
        return None
    misspelt = [str(key) for key in config if nearest(str(key), names)]
    return not_taken(name, target, misspelt) or (
        f"{name} cannot be built: {target} asks for {names[0]}: give it as {name}.{names[0]}"
    )


def called(target: Any) -> str:
    """What Python says was called where a function or class is."""
    function = target.__init__ if inspect.isclass(target) else target
    return getattr(function, "__qualname__", "")


def not_taken(name: str, target: str, given: Iterable[str]) -> str | None:
    """What is said of the first argument that a target does not take; `None` where it takes all.

    Args:
        name: the configuration's place, for messages.
        target: a function or class, by its dotted name.
        given: names of arguments.
    """
    takes = taken(target)
    for key in given:
        if key not in takes and not key.startswith("_"):
            near = nearest(key, takes)
            cure = f"did you mean {' or '.join(f'{name}.{one}' for one in near)}? " if near else ""
            return (
                f"{name}.{key} is no argument of {target}: {cure}"
                f"it takes {', '.join(takes) or 'none'}"
            )
    return None


def taken(target: str) -> list[str]:
    """The names of the arguments that a function or class takes, by its dotted name."""
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = inspect.signature(get_object(target)).parameters.values()
    return [one.name for one in parameters if one.kind in kinds]
