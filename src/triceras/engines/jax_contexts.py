"""Lowers JAX's small programs one after the other in one MLIR context.

JAX makes a context, with all its dialects, for each program that it lowers: two to four
milliseconds, which for a single operation is most of what lowering it takes. Where operations run
one by one, as in figures, in callbacks and with `compile=false`, there are dozens to hundreds.
"""

import threading
from collections.abc import Iterator
from typing import Any

from jax._src.interpreters import mlir

# Of a program that is small, in all of the functions that it calls.
MOST_OPERATIONS = 200
# A context keeps the types and constants of all programs that were made in it.
MOST_PROGRAMS = 64


class Shared(threading.local):
    """The context of a thread, which is none of another's.

    Args:
        make: makes a context.
    """

    def __init__(self, make: Any):
        self.make = make
        self.small = False
        self.context: Any = None
        self.programs = 0

    def __call__(self) -> Any:
        """A context for a program."""
        if not self.small:
            return self.make()
        if self.programs % MOST_PROGRAMS == 0:
            self.context = self.make()
        self.programs += 1
        return self.context


def share() -> None:
    """Has small programs share contexts. Calling it again changes nothing."""
    lower = getattr(mlir, "lower_jaxpr_to_module", None)
    make = getattr(mlir, "make_ir_context", None)
    if lower is None or make is None or isinstance(make, Shared):
        return  # another JAX, or done
    shared = Shared(make)

    def lower_in_shared(name: str, jaxpr: Any, *args: Any, **kwargs: Any) -> Any:
        before = shared.small
        shared.small = is_small(jaxpr)
        try:
            return lower(name, jaxpr, *args, **kwargs)
        finally:
            shared.small = before

    mlir.make_ir_context = shared
    mlir.lower_jaxpr_to_module = lower_in_shared


def is_small(jaxpr: Any) -> bool:
    """Whether a program has few operations, and holds no arrays."""
    count = 0
    for closed, operations in parts(jaxpr):
        count += operations
        if count > MOST_OPERATIONS or any(getattr(c, "size", 1) > 1 for c in closed):
            return False
    return True


def parts(jaxpr: Any) -> Iterator[tuple[list[Any], int]]:
    """The constants and the number of operations of a program, and of each that it calls."""
    inner = getattr(jaxpr, "jaxpr", jaxpr)
    yield list(getattr(jaxpr, "consts", ())), len(inner.eqns)
    for equation in inner.eqns:
        for value in equation.params.values():
            for each in value if isinstance(value, (tuple, list)) else (value,):
                if hasattr(getattr(each, "jaxpr", each), "eqns"):
                    yield from parts(each)
