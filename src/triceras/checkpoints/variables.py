"""The values of Keras variables, taken on one backend and given back on any other."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from triceras.engines.state import value_of
from triceras.errors import UserError

KINDS = {"b": "boolean", "i": "integer", "u": "integer"}


def take(variables: Sequence[keras.Variable], prefix: str) -> tuple[dict[str, np.ndarray], list]:
    """Copies the values of variables.

    Returns:
        Arrays named `<prefix>/<number>`, and the variables' paths in the same order.
    """
    arrays = {f"{prefix}/{i:05d}": value_of(variable) for i, variable in enumerate(variables)}
    return arrays, [variable.path for variable in variables]


def give(
    variables: Sequence[keras.Variable],
    arrays: Mapping[str, np.ndarray],
    paths: Sequence[str],
    prefix: str,
    new: Callable[[keras.Variable], bool] = lambda variable: False,
) -> None:
    """Gives variables the values that `take` copied.

    They are told apart by their paths where these name each of them, and else by their order:
    Keras numbers the layers of a process, so that the same model may have other paths elsewhere.

    Args:
        variables: to be given values.
        arrays: what `take` gave.
        paths: likewise.
        prefix: as of `take`.
        new: says of one whether a former version may have kept nothing of it, so that it begins
            anew, or whole numbers.

    Raises:
        UserError: the variables are not those that were copied; none of them is changed.
    """
    saved = [arrays[f"{prefix}/{i:05d}"] for i in range(len(paths))]
    if paths and set(paths) < {variable.path for variable in variables}:
        variables = [v for v in variables if v.path in set(paths) or not new(v)]
    now = [variable.path for variable in variables]
    if len(paths) != len(now):
        raise UserError(
            f"the checkpoint has {len(paths)} variables of {prefix} and the model {len(now)}: it "
            "is of another model"
        )
    if len(set(now)) == len(now) and set(paths) == set(now):
        position = {path: i for i, path in enumerate(paths)}
        saved = [saved[position[path]] for path in now]
        paths = now
    pairs = list(zip(variables, saved, paths, strict=True))
    for variable, value, path in pairs:
        whole = new(variable) and kind(value.dtype) == "integer"
        alike = whole or kind(variable.dtype) == kind(value.dtype)
        if tuple(variable.shape) != value.shape or not alike:
            raise UserError(
                f"the checkpoint's {path} is {value.dtype} of shape {value.shape} and the model's "
                f"{variable.path} is {variable.dtype} of shape {tuple(variable.shape)}: it is of "
                "another model"
            )
    for variable, value, _ in pairs:
        # Backends differ in how wide their integers are; seeds keep their bits.
        variable.assign(value.astype(variable.dtype) if kind(value.dtype) == "integer" else value)


def kind(dtype: Any) -> str:
    """`boolean`, `integer`, or the name of a floating-point type."""
    name = str(keras.backend.standardize_dtype(str(dtype)))
    if name.startswith(("bfloat", "float")):
        return name
    return KINDS.get(np.dtype(name).kind, name)
