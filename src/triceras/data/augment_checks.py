"""Refuses augmentations that draw random numbers otherwise than from the key they are given."""

import contextlib
import functools
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from triceras.bits import same_bits
from triceras.data.batch import Augmentation, BatchPreparation
from triceras.data.dataset import Split
from triceras.errors import UserError

Parts = Mapping[str, Any]


def check_augmentations(batch: BatchPreparation, split: Split, rows: int) -> None:
    """Checks that each augmentation of somebody's own gives the same parts for the same key.

    Args:
        batch: how rows become what the model is given.
        split: the training data.
        rows: examples in a batch.

    Raises:
        UserError: one does not, as it draws from a generator of its own, with which a compiled
            step would not go on, nor a resumed run.
    """
    if all(map(is_shipped, batch.augment)):
        return
    parts: Parts = split.take(slice(rows), batch.parts)
    # What goes wrong in it is told where a step does it.
    with contextlib.suppress(UnknownError):
        for augment in batch.augment:
            first, again = (applied(augment, parts) for _ in range(2))
            other = [name for name in first if not same(first[name], again.get(name))]
            if other:
                raise UserError(
                    f"the augmentation {name_of(augment)} makes another {other[0]} of the same "
                    "examples and the same key, as it draws otherwise than from the key: use "
                    "triceras.random.uniform_from_key(key, shape, ops), or a layer of the model"
                )
            parts = first


class UnknownError(Exception):
    """An augmentation failed."""


def applied(augment: Augmentation, parts: Parts) -> dict[str, Any]:
    """What an augmentation makes of copies of parts, arrays or else tensors."""
    key = np.zeros((2,), "int32")
    for ops, array_of in (np, np.array), (keras.ops, keras.ops.convert_to_tensor):
        copies = {name: array_of(np.array(array)) for name, array in parts.items()}
        with contextlib.suppress(Exception):
            made = augment(copies, array_of(key), ops)
            return {name: keras.ops.convert_to_numpy(value) for name, value in made.items()}
    raise UnknownError


def same(one: np.ndarray, other: np.ndarray | None) -> bool:
    """Whether two arrays are the same, bit for bit."""
    return other is not None and same_bits(np.asarray(one), np.asarray(other))


def is_shipped(augment: Augmentation) -> bool:
    """Whether an augmentation is one of the engine room's."""
    return named(augment).__module__.startswith("triceras.")


def name_of(augment: Augmentation) -> str:
    """What an augmentation is called."""
    return named(augment).__name__


def named(augment: Any) -> Any:
    """The function or the class that an augmentation is of."""
    if isinstance(augment, functools.partial):
        return named(augment.func)
    return augment if hasattr(augment, "__name__") else type(augment)
