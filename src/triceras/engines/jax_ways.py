"""The ways in which JAX computes a function: operation by operation, and as one program."""

from collections.abc import Callable, Sequence
from typing import Any

import jax


def ways() -> dict[str, Callable[..., Any]]:
    """See `triceras.engines.ways`."""
    return {"each": each, "compiled": compiled}


def each(function: Callable[..., Any], places: Sequence[int], inputs: Sequence[Any]) -> Any:
    """Calls it as it is: JAX compiles each operation by itself, for long."""
    return differentiated(function, places)(*inputs)


def compiled(function: Callable[..., Any], places: Sequence[int], inputs: Sequence[Any]) -> Any:
    """Compiles it first."""
    return jax.jit(differentiated(function, places))(*inputs)


def differentiated(function: Callable[..., Any], places: Sequence[int]) -> Callable[..., Any]:
    """A function that gives its gradients as well."""

    def both(*inputs: Any) -> tuple[Any, Any]:
        if not places:
            return function(*inputs)[1], []
        gradients, results = jax.grad(function, tuple(places), has_aux=True)(*inputs)
        return results, list(gradients)

    return both
