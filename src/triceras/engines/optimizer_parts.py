"""Optimizers that are made of others."""

from typing import Any


def made_of(optimizer: Any) -> list[Any]:
    """The optimizers that one hands its work to."""
    inner = getattr(optimizer, "inner_optimizer", None)
    return [*([inner] if inner else []), *getattr(optimizer, "optimizers", ())]
