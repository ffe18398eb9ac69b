"""Chooses the backend, which must happen before Keras is imported and only once a process."""

import importlib.util
import os
import sys
from collections.abc import Mapping

from triceras.cache_folder import VARIABLE, made
from triceras.errors import UserError
from triceras.kept_tensorflow import FOLDER, keep_programs
from triceras.lean_keras import keep_lean
from triceras.packages import how_to_install
from triceras.quiet_tensorflow import keep_quiet
from triceras.torch_libraries import compile_ahead

BACKENDS = ("jax", "tensorflow", "torch")


def use(name: str, environment: Mapping[str, str] | None = None) -> None:
    """Makes Keras run on a backend.

    Args:
        name: `"jax"`, `"tensorflow"` or `"torch"`.
        environment: variables that the framework reads when it is imported; those that are set
            already stay as they are.

    Raises:
        UserError: there is no such backend, it is not installed, or Keras already runs on another.
    """
    if name not in BACKENDS:
        raise UserError(f"backend={name} is unknown: use one of {', '.join(BACKENDS)}")
    if importlib.util.find_spec(name) is None:
        raise UserError(
            f"backend={name} is not installed here: make setup BACKEND={name}, or "
            f"{how_to_install(name)}"
        )
    if "keras" in sys.modules:
        running = sys.modules["keras"].backend.backend()
        if running != name:
            raise UserError(
                f"backend={name} cannot be used: Keras already runs on {running} in this process; "
                "start a new one"
            )
    os.environ["KERAS_BACKEND"] = name
    variables = usable(environment or {})
    keep_lean()
    if name == "tensorflow":
        keep_quiet()
        keep_programs(variables.get(FOLDER))
    for variable, value in variables.items():
        os.environ.setdefault(variable, str(value))
    if name == "torch":
        compile_ahead()


def usable(environment: Mapping[str, str]) -> dict[str, str]:
    """Variables without those that name a folder for compiled programs which cannot be made."""
    return {
        variable: value
        for variable, value in environment.items()
        if variable in os.environ or not variable.endswith(VARIABLE) or made(value)
    }


def installed() -> list[str]:
    """The backends that can be used here."""
    return [name for name in BACKENDS if importlib.util.find_spec(name) is not None]
