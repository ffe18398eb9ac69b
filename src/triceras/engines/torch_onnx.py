"""What a model needs to be traced for ONNX: random numbers and shapes of which it has operations.

The portable numbers are made of integer operations that ONNX lacks, and its random operations take
no state: an exported model draws anew in each call, whatever seeds it had.
"""

import linecache
import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import torch
from keras import ops
from keras.src import backend
from torch.jit import TracerWarning  # pyright: ignore[reportPrivateImportUsage]
from torch.nn import functional

from triceras.errors import UserError, is_own_file
from triceras.patching import patched
from triceras.random.distributions import PORTABLE

log = logging.getLogger(__name__)


@contextmanager
def exportable() -> Iterator[None]:
    """Has PyTorch trace a model in the way of ONNX, and tells what it cannot trace."""
    with exportable_noise(), exportable_shapes(), telling_constants():
        yield


@contextmanager
def exportable_shapes() -> Iterator[None]:
    """Gives layer normalization the number of its features as a number, while a model is traced.

    ONNX knows that operation for no other, and Keras gives what was read of a traced shape.
    """
    before = functional.layer_norm

    def of_whole_numbers(x: Any, shape: Sequence[Any], *arguments: Any, **named: Any) -> Any:
        return before(x, [int(size) for size in shape], *arguments, **named)

    with patched(functional, "layer_norm", of_whole_numbers):
        yield


@contextmanager
def telling_constants() -> Iterator[None]:
    """Tells where a person's code looks at what PyTorch traces, which a file has as a constant.

    Keras's own code looks at shapes that it needs as numbers, of which nobody need be told.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    told = set()
    for warning in caught:
        if not issubclass(warning.category, TracerWarning):
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )
        elif is_own_file(warning.filename):
            told.add((warning.filename, warning.lineno))
    for file, line in sorted(told):
        code = linecache.getline(file, line).strip()
        log.warning(
            f"{Path(file).name}:{line} looks at numbers ({code}): the file does the same for all "
            "inputs that was done for one"
        )


@contextmanager
def exportable_noise() -> Iterator[None]:
    """Has Keras draw in the way of ONNX, while a model is exported.

    What is drawn otherwise than by these functions raises a `UserError` that names it.
    """
    with ExitStack() as meanwhile:
        for name in PORTABLE:
            function = DRAWN.get(name) or refused(name)
            meanwhile.enter_context(patched(backend.random, name, function))
        yield


def check_seed(seed: Any) -> None:
    """Checks that nobody counts on the same numbers in each call.

    Raises:
        UserError: somebody does.
    """
    if isinstance(seed, int):
        raise UserError(
            f"the model draws the same numbers in each call (seed={seed}), which cannot be "
            "exported to ONNX: give it a keras.random.SeedGenerator, or a constant"
        )


def normal(
    shape: Sequence[Any],
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: str | None = None,
    seed: Any = None,
) -> Any:
    """`keras.random.normal` without its seed."""
    check_seed(seed)
    return ops.cast(torch.randn(tuple(shape)) * stddev + mean, dtype or backend.floatx())


def uniform(
    shape: Sequence[Any],
    minval: float = 0.0,
    maxval: float = 1.0,
    dtype: str | None = None,
    seed: Any = None,
) -> Any:
    """`keras.random.uniform` without its seed."""
    check_seed(seed)
    drawn = torch.rand(tuple(shape)) * (maxval - minval) + minval
    return ops.cast(drawn, dtype or backend.floatx())


def randint(
    shape: Sequence[Any], minval: int, maxval: int, dtype: str = "int32", seed: Any = None
) -> Any:
    """`keras.random.randint` without its seed."""
    check_seed(seed)
    return ops.cast(torch.floor(torch.rand(tuple(shape)) * (maxval - minval) + minval), dtype)


def refused(name: str) -> Callable[..., Any]:
    """What stands for a distribution that ONNX cannot be given."""

    def refuse(*arguments: Any, **named: Any) -> Any:
        raise UserError(
            f"the model draws with keras.random.{name}, which cannot be exported to ONNX: draw "
            f"with one of {', '.join(f'keras.random.{drawn}' for drawn in DRAWN)}"
        )

    return refuse


DRAWN = {"normal": normal, "uniform": uniform, "randint": randint}
