"""Leaves PyTorch's distributed tensors unloaded while there are none.

The first operation that is traced asks whether a tensor is one, for which PyTorch imports all that
can be done with them: half a second of a process.
"""

import functools
import sys
import types
from typing import Any

import torch

PACKAGE = "torch.distributed.tensor"


class OnceLoaded(type):
    """Answers for the class of distributed tensors, of which there is none before it is loaded."""

    def __instancecheck__(cls, instance: Any) -> bool:
        loaded = distributed_tensor()
        return loaded is not None and isinstance(instance, loaded)

    def __getattr__(cls, name: str) -> Any:
        return getattr(distributed_tensor(), name)


class DistributedTensor(metaclass=OnceLoaded):
    """What PyTorch takes, to the end of the process, for the class of distributed tensors."""


class Other(torch.Tensor):
    """A kind of tensor of which PyTorch has to ask what is to be done with it."""

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        return torch.zeros(())


def distributed_tensor() -> type | None:
    """The class of distributed tensors, if it is loaded."""
    found = getattr(sys.modules.get(PACKAGE), "DTensor", None)
    return None if found is DistributedTensor else found


@functools.cache
def leave_unloaded() -> None:
    """Has PyTorch ask `DistributedTensor`, which it does once, at the first operation."""
    if PACKAGE in sys.modules:
        return
    package: Any = types.ModuleType(PACKAGE)
    package.DTensor = DistributedTensor
    sys.modules[PACKAGE] = package
    try:
        torch.neg(torch.Tensor._make_wrapper_subclass(Other, ()))
    finally:
        del sys.modules[PACKAGE]
