"""A function that calls a model, as one program of JAX's."""

from collections.abc import Callable
from typing import Any

import jax
import keras


def compiled(function: Callable[..., Any], model: Any) -> Callable[..., Any]:
    """See `triceras.engines.compiled`."""
    variables = list(getattr(model, "variables", ()))

    # The weights are arguments: as constants they would make a program that no later run can use.
    @jax.jit
    def run(values: list[Any], *arguments: Any) -> Any:
        with keras.StatelessScope(zip(variables, values, strict=True)):
            return function(*arguments)

    return lambda *arguments: run([variable.value for variable in variables], *arguments)
