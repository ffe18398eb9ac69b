"""Random words by one operation of PyTorch on the CPU, where it takes some 160 otherwise."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from triceras.random import operations
from triceras.random.compiled import library
from triceras.torch_libraries import folder

PAIRS, BITS = "triceras::threefry_2x32", "triceras::random_bits"

torch.library.define(PAIRS, "(Tensor words) -> Tensor")
torch.library.define(BITS, "(Tensor key, SymInt size) -> Tensor")


@torch.library.register_fake(PAIRS)
def like_pairs(words: torch.Tensor) -> torch.Tensor:
    """An empty result, for tracing."""
    return words.new_empty((2, *words.shape[1:]))


@torch.library.register_fake(BITS)
def like_bits(key: torch.Tensor, size: int) -> torch.Tensor:
    """An empty result, for tracing."""
    return key.new_empty((size,))


@torch.library.impl(PAIRS, "cpu")
def pairs(words: torch.Tensor) -> torch.Tensor:
    """Two words `(2, ...)` for each pair of a key and a counter, `(4, ...)`."""
    words = words.contiguous()
    result = words.new_empty((2, *words.shape[1:]))
    compiled().threefry(words.data_ptr(), result.data_ptr(), result.numel() // 2)
    return result


@torch.library.impl(BITS, "cpu")
def bits(key: torch.Tensor, size: int) -> torch.Tensor:
    """See `triceras.random.bits.random_bits`."""
    result = torch.empty((size,), dtype=torch.int32)
    compiled().random_bits(key.contiguous().data_ptr(), result.data_ptr(), size)
    return result


def threefry_2x32(key: tuple[Any, Any], counter: tuple[Any, Any]) -> tuple[Any, Any] | None:
    """See `triceras.random.threefry`."""
    words = [*key, *counter]
    like = next(word for word in words if isinstance(word, torch.Tensor))
    if not possible(like):
        return None
    alike = [torch.as_tensor(word, dtype=torch.int32, device=like.device) for word in words]
    first, second = torch.ops.triceras.threefry_2x32(
        torch.stack(torch.broadcast_tensors(*alike))
    ).unbind()
    return first, second


def random_bits(key: Any, size: int) -> Any:
    """See `triceras.random.bits`."""
    key = torch.as_tensor(key)
    return torch.ops.triceras.random_bits(key.int(), size) if possible(key) else None


def possible(tensor: torch.Tensor) -> bool:
    """Whether words for this tensor can be drawn by the compiled functions."""
    return tensor.device.type == "cpu" and compiled() is not None


@functools.cache
def compiled() -> Any:
    """The compiled functions, kept where a run has said that compiled programs are kept."""
    return library(folder("threefry"))


@contextmanager
def one_operation() -> Iterator[None]:
    """Draws by one operation, in steps that are traced: what is exported has to do without it."""
    before = operations.threefry_2x32, operations.random_bits
    operations.threefry_2x32, operations.random_bits = threefry_2x32, random_bits
    try:
        yield
    finally:
        operations.threefry_2x32, operations.random_bits = before
