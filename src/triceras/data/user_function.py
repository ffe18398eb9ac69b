"""A function of a user's, by its dotted name."""

import inspect
from typing import Any

from hydra.utils import get_object

from triceras.errors import UserError, one_line


def found(source: str) -> Any:
    """The function that `data.source` names.

    Raises:
        UserError: there is none.
    """
    try:
        function = get_object(str(source))
    except Exception as error:
        raise UserError(
            f"data.source={source} is not there ({one_line(error)}): give the dotted name of a "
            "function, as in data.source=package.module.load; what is beside the scripts is found "
            "with PYTHONPATH=<folder>"
        ) from error
    if not callable(function):
        raise UserError(f"data.source={source} is a {type(function).__name__} and no function")
    return function


def takes_split(function: Any) -> bool:
    """Whether a function wants to be told which split to return."""
    try:
        return "split" in inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False
