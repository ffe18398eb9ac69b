"""Has XLA compile programs without optimizing them, for tests.

Where operations run one by one, JAX compiles each for each shape: 0.05 seconds, of which half is
for code that is quick with large arrays. Tests have small ones, thousands of times. What is more
than an operation, as a step is, is compiled as in any run, but where several backends are tested on
one machine: there it was a third of all that they took.
"""

import itertools
import os
import sys
from collections.abc import Iterator
from typing import Any

NAME = "compile_or_get_cached"
# A program has so many operations at most, those of the functions that it calls counted.
MOST = 40
QUICK = (
    ("xla_backend_optimization_level", 0),
    ("xla_cpu_use_fusion_emitters", False),
    ("xla_cpu_parallel_codegen_split_count", 1),
)
CONVOLUTION = "stablehlo.convolution"
XLA = "XLA_FLAGS"
FOR_ALL = " ".join(f"--{name}={str(value).lower()}" for name, value in QUICK)


class Choice:
    """Which programs of JAX are compiled quickly: all without convolutions, or small ones alone."""

    all = False


def install() -> None:
    """Has JAX do so, unless it is not imported, or is another one, or this is called again."""
    compiler: Any = sys.modules.get("jax._src.compiler")
    as_ever = getattr(compiler, NAME, None)
    if as_ever is None or hasattr(as_ever, "as_ever"):
        return

    def compile_quickly(
        backend: Any, computation: Any, devices: Any, compile_options: Any, *args: Any, **more: Any
    ) -> Any:
        if backend.platform == "cpu" and (
            is_small(computation) or (Choice.all and not convolves(computation))
        ):
            compile_options.env_option_overrides = [*compile_options.env_option_overrides, *QUICK]
        return as_ever(backend, computation, devices, compile_options, *args, **more)

    compile_quickly.as_ever = as_ever  # pyright: ignore
    setattr(compiler, NAME, compile_quickly)


def tell_tensorflow() -> None:
    """Has all programs of TensorFlow be compiled so; XLA reads it when it first compiles."""
    os.environ[XLA] = f"{os.environ.get(XLA, '')} {FOR_ALL}".strip()


def is_small(computation: Any) -> bool:
    """Whether an MLIR module has few operations."""
    return len(list(itertools.islice(operations(computation), MOST + 1))) <= MOST


def convolves(computation: Any) -> bool:
    """Whether an MLIR module has a convolution, which takes four times as long unoptimized."""
    return any(each.name == CONVOLUTION for each in operations(computation))


def operations(computation: Any) -> Iterator[Any]:
    """The operations of an MLIR module, with those of the functions in it."""
    left = [computation.operation]
    while left:
        blocks = [block for region in left.pop().regions for block in region]
        inner = [each.operation for block in blocks for each in block.operations]
        yield from inner
        left += inner
