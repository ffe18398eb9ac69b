"""Threefry as one operation of PyTorch on the CPU, where it is some 160 otherwise."""

import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from triceras.random import threefry
from triceras.random.compiled import library

NAME = "triceras::threefry_2x32"

torch.library.define(NAME, "(Tensor key0, Tensor key1, Tensor counter0, Tensor counter1) -> Tensor")


@torch.library.register_fake(NAME)
def shape_of(*words: torch.Tensor) -> torch.Tensor:
    """An empty result, for tracing."""
    return words[0].new_empty((2, *torch.broadcast_shapes(*(word.shape for word in words))))


@torch.library.impl(NAME, "cpu")
def encrypted(*words: torch.Tensor) -> torch.Tensor:
    """Two words for each, `(2, ...)`; see `triceras.random.threefry`."""
    functions = compiled()
    function, shape = functions.threefry_of_one_key, words[2].shape
    if len(shape) != 1 or any(words[i].shape != (1,) for i in (0, 1, 3)):
        function, words = functions.threefry, torch.broadcast_tensors(*words)
        shape = words[0].shape
    contiguous = [word.contiguous() for word in words]
    result = contiguous[2].new_empty((2, *shape))
    function(*(word.data_ptr() for word in contiguous), result.data_ptr(), result.numel() // 2)
    return result


def operation(key: tuple[Any, Any], counter: tuple[Any, Any]) -> tuple[Any, Any] | None:
    """Two words for each key and counter, or `None` where this operation cannot draw them."""
    like = next(word for word in (*key, *counter) if isinstance(word, torch.Tensor))
    words = [
        torch.as_tensor(word, dtype=torch.int32, device=like.device).reshape(
            (1,) if isinstance(word, int) else word.shape
        )
        for word in (*key, *counter)
    ]
    if any(word.device.type != "cpu" for word in words) or compiled() is None:
        return None
    first, second = torch.ops.triceras.threefry_2x32(*words).unbind()
    return first, second


@functools.cache
def compiled() -> Any:
    """The compiled functions, kept where a run has said that compiled programs are kept."""
    cache = os.environ.get("TORCHINDUCTOR_CACHE_DIR")
    return library(Path(cache).with_name("threefry") if cache else None)


@contextmanager
def one_operation() -> Iterator[None]:
    """Draws by the operation, in steps that are traced: what is exported has to do without it."""
    threefry.operation, before = operation, threefry.operation
    try:
        yield
    finally:
        threefry.operation = before
