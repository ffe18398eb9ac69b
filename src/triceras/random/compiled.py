"""Threefry compiled from C, for a framework that would call an operation for each of its steps."""

import ctypes
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from triceras import c_library
from triceras.random.bits import random_bits
from triceras.random.threefry import threefry_2x32
from triceras.torch_libraries import THREEFRY

log = logging.getLogger(__name__)


def library(folder: Path | None) -> Any:
    """The compiled functions of `threefry.c`.

    Args:
        folder: where they are kept for other processes on machines of this kind; `None` keeps them
            for this process alone.

    Returns:
        What `ctypes` makes of them, or `None` where there is no compiler, or one that fails or
        whose numbers are wrong.
    """
    try:
        found: Any = c_library.loaded(THREEFRY, folder)
    except c_library.FAILURES as error:
        log.info(
            "random numbers are drawn by many small operations, as no C compiler works: %s", error
        )
        return None
    for function in (found.threefry, found.random_bits):
        function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]
        function.restype = None
    if not right(found):
        log.warning("the C compiler makes wrong random numbers of %s: it is not used", THREEFRY)
        return None
    return found


def right(found: Any) -> bool:
    """Whether the compiled functions give the numbers of the definition."""
    key = np.array([0x13198A2E, -7], "int32")
    words = np.arange(-9, 11, dtype="int32").reshape(4, 5)
    pairs = np.stack(threefry_2x32((words[0], words[1]), (words[2], words[3]), np))
    return np.array_equal(run(found.threefry, words, pairs.shape), pairs) and all(
        np.array_equal(run(found.random_bits, key, (size,)), random_bits(key, (size,), np))
        for size in (0, 1, 18, 37)
    )


def run(function: Callable[..., None], words: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """What a compiled function makes of words: pairs `(2, n)`, or the bits of a draw `(n,)`."""
    result = np.empty(shape, "int32")
    function(words.ctypes.data, result.ctypes.data, shape[-1])
    return result
