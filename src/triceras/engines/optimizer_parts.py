"""Optimizers that are made of others."""

from typing import Any


def made_of(optimizer: Any) -> list[Any]:
    """The optimizers that one hands its work to, and those to which these do."""
    inner = getattr(optimizer, "inner_optimizer", None)
    first = [*([inner] if inner else []), *getattr(optimizer, "optimizers", ())]
    return [part for one in first for part in (one, *made_of(one))]
