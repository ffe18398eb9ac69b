"""What an exported model needs: random numbers for which ONNX has operations, batches of any size.

The portable ones are made of integer operations that ONNX lacks, and its random operations take no
state: an exported model draws anew in each call, whatever seeds it had.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import torch
from keras import ops
from keras.src import backend
from keras.src.export.export_utils import get_input_signature

from triceras.errors import UserError
from triceras.random.distributions import PORTABLE

log = logging.getLogger(__name__)


def as_program(model: keras.Model, write: Callable[..., None]) -> None:
    """Exports a model as a program of PyTorch, for batches of any size where that can be.

    Keras's own way takes batches of one example alone. Gradients are left out, as a program with
    parts that switch them off is written, but cannot be read.

    Args:
        model: built, and called once.
        write: exports it, by the arguments of `torch.export.export`.
    """
    batch = torch.export.Dim("batch", min=1)
    shapes = keras.tree.map_structure(lambda spec: {0: batch}, tuple(get_input_signature(model)))
    with torch.no_grad():
        try:
            write(dynamic_shapes=[shapes])
        except RuntimeError:
            write()
            log.warning(
                "the exported program takes batches of one example alone: the model computes with "
                "the number of examples, as metrics and activity regularizers do"
            )


@contextmanager
def exportable_noise() -> Iterator[None]:
    """Has Keras draw in the way of ONNX, while a model is exported.

    What is drawn otherwise than by these functions raises a `UserError` that names it.
    """
    before = {name: getattr(backend.random, name) for name in PORTABLE}
    for name in PORTABLE:
        setattr(backend.random, name, DRAWN.get(name) or refused(name))
    try:
        yield
    finally:
        for name, function in before.items():
            setattr(backend.random, name, function)


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
