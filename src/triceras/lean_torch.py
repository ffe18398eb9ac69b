"""Leaves PyTorch's compiler unloaded while nothing is to be compiled by it."""

import contextlib
import functools
import importlib
import inspect
import sys
import types
from collections.abc import Callable
from typing import Any

COMPILER = "torch._dynamo"
INDUCTOR = "torch._inductor"
# What PyTorch traces with, and what that imports, none of which needs the rest of them.
PARTS = frozenset(
    {
        f"{COMPILER}.bytecode_analysis",
        f"{COMPILER}.bytecode_transformation",
        f"{COMPILER}.config",
        f"{COMPILER}.exc",
        f"{COMPILER}.graph_utils",
        f"{COMPILER}.metrics_context",
        f"{COMPILER}.source",
        f"{COMPILER}.utils",
        f"{INDUCTOR}.compiler_bisector",
        f"{INDUCTOR}.config",
        f"{INDUCTOR}.custom_graph_pass",
        f"{INDUCTOR}.fx_passes",
        f"{INDUCTOR}.runtime",
    }
)
# Used where it is there already, which PyTorch finds out by asking for it.
NOT_ASKED_FOR = frozenset({f"{INDUCTOR}.codecache"})


def disable(function: Any = None, recursive: bool = True, **settings: Any) -> Any:
    """`disable` of PyTorch's compiler, which keeps it away from a function.

    Where the compiler is not loaded there is nothing to keep away, so that it need not be. To load
    it is half of what Keras's import takes.

    Args:
        function: to be kept from being compiled, or `None` for a decorator.
        recursive: whether what it calls is kept from that too.
        settings: others that the compiler takes.
    """
    if function is None:
        return lambda function: disable(function, recursive, **settings)

    kept_away: list[Callable[..., Any]] = []

    def real() -> Callable[..., Any]:
        compiler = importlib.import_module(COMPILER)
        return compiler.decorators.disable(function, recursive, **settings)

    if not inspect.isroutine(function):
        return real()

    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        if type(sys.modules[COMPILER]) is not types.ModuleType:
            return function(*arguments, **options)
        if not kept_away:
            kept_away.append(real())
        return kept_away[0](*arguments, **options)

    return call


# What both have while they are not loaded: the compiler compiles no backward pass then.
COMPILER_BEFORE = {
    "disable": disable,
    "compiled_autograd": types.SimpleNamespace(_disable=contextlib.nullcontext),
}
