"""Leaves PyTorch's compiler unloaded while nothing is to be compiled by it."""

import contextlib
import functools
import importlib
import inspect
import sys
import types
from collections.abc import Callable
from typing import Any

from triceras.later import Before

COMPILER = "torch._dynamo"
INDUCTOR = "torch._inductor"


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


def reset() -> None:
    """Forgets what was compiled, as Keras has it for a new session: there is nothing yet."""


def provide_operators() -> None:
    """Imports, once it is asked for, what PyTorch's tracer takes its compiler to have imported."""
    package: Any = importlib.import_module("torch._higher_order_ops")

    def find(name: str) -> Any:
        if name == "triton_kernel_wrap":
            return importlib.import_module(f"{package.__name__}.{name}")
        raise AttributeError(f"module {package.__name__!r} has no attribute {name!r}")

    package.__getattr__ = vars(package).get("__getattr__", find)


# What PyTorch traces with needs only these of them. The compiler compiles no backward pass before
# it is loaded, and whether inductor has loaded code is asked for each time a stack is written down.
COMPILER_BEFORE = Before(
    attributes={
        "disable": disable,
        "reset": reset,
        "compiled_autograd": types.SimpleNamespace(_disable=contextlib.nullcontext),
    },
    parts=frozenset(
        {
            "bytecode_analysis",
            "bytecode_transformation",
            "config",
            "exc",
            "graph_utils",
            "metrics_context",
            "source",
            "utils",
        }
    ),
    prepare=provide_operators,
)
INDUCTOR_BEFORE = Before(
    parts=frozenset({"compiler_bisector", "config", "custom_graph_pass", "fx_passes", "runtime"}),
    absent=frozenset({"codecache"}),
)
