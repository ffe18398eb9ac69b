"""A function of a user's, by its dotted name, and what it raises."""

import inspect
from collections.abc import Callable
from typing import Any

from hydra.utils import get_object

from triceras.broken_imports import broken_import
from triceras.errors import UserError, one_line, place
from triceras.targets import absent


def found(source: str) -> Any:
    """The function that `data.source` names.

    Raises:
        UserError: there is none, or its module cannot be imported.
    """
    try:
        function = get_object(str(source))
    except Exception as error:
        if broken := broken_import(error):
            raise UserError(f"data.source={source} cannot be read: {broken}") from error
        said = absent(str(source)) or one_line(error)
        raise UserError(
            f"data.source={source} is not there ({said}): give the dotted name of a "
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


def telling(function: Callable[[], Any], where: str) -> Any:
    """What a user's function returns.

    Raises:
        UserError: it raised an error.
    """
    try:
        return function()
    except UserError:
        raise
    except SystemExit as error:
        raise UserError(f"{where} ended the command by sys.exit({error.code!r})") from error
    except Exception as error:
        raise UserError(
            f"{where} failed{place(error)}: {type(error).__name__}: {one_line(error)}"
        ) from error
