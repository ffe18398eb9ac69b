"""Functions that hand tensors to pointwise.c, which computes many operations in one call."""

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import torch

from triceras.engines.torch_recipes import BLOCK


def kernel(
    function: Any,
    name: str,
    numbers: Sequence[Sequence[int]],
    results: Sequence[Any],
    visible: Sequence[int],
    inputs: Sequence[Any],
    label: str = "",
) -> Callable[..., Any]:
    """What runs programs.

    Args:
        function: `pointwise`, of pointwise.c.
        name: of what is returned.
        numbers: of each program.
        results: examples of the tensors that are made anew.
        visible: which of them are returned.
        inputs: examples of the tensors that are handed over.
        label: what a trace calls it.

    Returns:
        A function of tensors like `inputs`, to a tuple of tensors.
    """
    flat = [n for one in numbers for n in one]
    code = (ctypes.c_int64 * len(flat))(*flat)
    threads = torch.get_num_threads()
    room_of_each = max(one[0] for one in numbers) * BLOCK
    scratch = torch.empty((threads * room_of_each,), dtype=torch.int32)
    addresses: Any = ctypes.c_void_p * (len(inputs) + len(results))
    where, count, room = ctypes.addressof(code), len(numbers), scratch.data_ptr()
    made = [(tuple(a.shape), a.dtype) for a in results]
    empty, shown = torch.empty, tuple(visible)
    core: Any = torch._C
    profiled = core._autograd._profiler_enabled
    # Which inputs are not laid out as it was told when the graph was traced; not known at first.
    astray: list[int] | None = None

    def run(*tensors: Any) -> list[Any]:
        if profiled():
            with torch.profiler.record_function(label or name):
                return compute(*tensors)
        return compute(*tensors)

    def compute(*tensors: Any) -> list[Any]:
        nonlocal astray
        if astray is None:
            astray = [
                i for i, (a, b) in enumerate(zip(tensors, inputs, strict=True)) if not alike(a, b)
            ]
        if astray:
            tensors = tuple(like(a, inputs[i]) if i in astray else a for i, a in enumerate(tensors))
        new = [empty(shape, dtype=dtype) for shape, dtype in made]
        pointers = addresses(*[a.data_ptr() for a in tensors], *[a.data_ptr() for a in new])
        function(where, count, pointers, room, threads)
        return [new[i] for i in shown]

    run.kept = (code, scratch)  # pyright: ignore[reportFunctionMemberAccess]
    run.__name__ = run.__qualname__ = name
    return run


def alike(tensor: torch.Tensor, example: torch.Tensor) -> bool:
    """Whether a tensor's elements lie as those of an example."""
    if tensor.dtype != example.dtype or tensor.shape != example.shape:
        raise RuntimeError(f"{tensor.dtype} {tensor.shape} where a traced graph has {example}")
    steps = zip(tensor.shape, tensor.stride(), example.stride(), strict=True)
    return all(length == 1 or own == told for length, own, told in steps)


def like(tensor: torch.Tensor, example: torch.Tensor) -> torch.Tensor:
    """A copy of a tensor whose elements lie as those of an example."""
    shape, strides = tensor.shape, example.stride()
    return torch.empty_strided(shape, strides, dtype=tensor.dtype).copy_(tensor)
