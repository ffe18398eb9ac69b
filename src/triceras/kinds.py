"""Checks that an argument of a configuration is of the kind that it must be."""

import inspect
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any

# Of Keras's optimizers, numbers that are usually none.
NUMBERS = (
    *("clipnorm", "clipvalue", "global_clipnorm", "weight_decay", "ema_overwrite_frequency"),
    *("loss_scale_factor", "gradient_accumulation_steps"),
)


def misfit(target: Any, arguments: Mapping[str, Any]) -> str | None:
    """What is wrong with the first argument that is a text or a group, not a number or a switch,
    or one thing where a list is wanted.

    Keras takes anything there, and fails in the midst of a step, or takes `flase` for true.

    Args:
        target: the function or class that is given the arguments.
        arguments: by name.

    Returns:
        For example `epsilon=abc is no number (usual is 1e-07)`, or `None`.
    """
    parameters = inspect.signature(target).parameters
    for name, value in arguments.items():
        if name not in parameters:
            continue
        usual, annotation = parameters[name].default, parameters[name].annotation
        if isinstance(value, str | int | float) and is_list(annotation):
            return f"{name}={value} is no list: write {name}=[{value}]"
        if not isinstance(value, str | dict):
            continue
        unsaid = annotation is inspect.Parameter.empty
        # Functions of one's own may take texts beside numbers, where they do not say otherwise.
        if unsaid and not target.__module__.startswith("keras."):
            continue
        if not unsaid and type(value).__name__ in str(annotation):
            continue
        if isinstance(usual, bool):
            return f"{name}={value} is neither true nor false (usual is {str(usual).lower()})"
        if isinstance(usual, int | float) or (usual is None and name in NUMBERS and unsaid):
            return f"{name}={value} is no number (usual is {'null' if usual is None else usual})"
    return None


def is_list(annotation: Any) -> bool:
    """Whether an annotation is of a list, or of one or nothing."""
    union = typing.get_origin(annotation) in (typing.Union, types.UnionType)
    kinds = [kind for kind in typing.get_args(annotation) if kind is not types.NoneType]
    origins = map(typing.get_origin, kinds if union else [annotation])
    return all(origin in (Sequence, list, tuple) for origin in origins)
