"""Portable randomness: the same numbers on TensorFlow, JAX, PyTorch and NumPy.

This is the front door of the folder. Nothing here imports Keras until it is asked for tensors, so
that the host can draw without it.
"""

from typing import TYPE_CHECKING, Any

from triceras.random.batch_order import BATCH_STREAM
from triceras.random.bits import uniform_from_key
from triceras.random.keys import fold_in, key_of, split

if TYPE_CHECKING:
    from triceras.random.normal import normal_from_key

__all__ = [
    "BATCH_STREAM",
    "fold_in",
    "key_of",
    "normal_from_key",
    "split",
    "uniform_from_key",
]


def __getattr__(name: str) -> Any:
    if name == "normal_from_key":
        from triceras.random.normal import normal_from_key

        return normal_from_key
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
