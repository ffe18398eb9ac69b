"""Weights in a `.weights.h5` file of Keras, which knows layers by name and weights by number."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

from triceras.engines.state import follow_statistics, keep, restore
from triceras.weights.found import Found
from triceras.weights.named import named_weights

WEIGHTS = "vars"
# What else Keras keeps of a model beside its layers.
OTHERS = ("optimizer", "seed_generator", "_seed_generators", "_metrics", "_loss_tracker")


def read_h5(path: Path, model: keras.Model) -> Found:
    """Reads what `model.save_weights` wrote.

    Args:
        path: of the file.
        model: built; where its layers have other names, and Keras none the less finds them all in
            the file by what they are and where, that is taken. It is not changed.
    """
    with h5py.File(path, "r") as file:
        named = list(walk(file, ""))
    found = Found([name for name, _ in named], [array for _, array in named], ordered=False)
    weights = named_weights(model)
    if set(found.names) == {weight.names[2] for weight in weights}:
        return found
    arrays = by_place(path, model) if len(named) == len(weights) else None
    if arrays is None:
        return found
    return Found([weight.name for weight in weights], arrays, ordered=True)


def by_place(path: Path, model: keras.Model) -> list[np.ndarray] | None:
    """What Keras itself would give each weight, or `None` where the file is not of this model."""
    kept = keep(model.variables)
    try:
        model.load_weights(path)
        return [value for _, value in keep([w.variable for w in named_weights(model)])]
    except Exception:
        # Whatever it is, Keras's classes of errors do not tell.
        return None
    finally:
        restore(kept)
        follow_statistics(model)


def walk(group: Any, prefix: str) -> Iterator[tuple[str, np.ndarray]]:
    """The weights of the layer that a group is of, and of those within it."""
    for key in group:
        # A link of another kind may lead out of the file.
        if key in OTHERS or not isinstance(group.get(key, getlink=True), h5py.HardLink):
            continue
        part = group[key]
        if key == WEIGHTS:
            yield from ((f"{prefix}{i}", value) for i, value in values(part))
        elif isinstance(part, h5py.Group):
            name = part[WEIGHTS].attrs.get("name") if WEIGHTS in part else None
            yield from walk(part, f"{prefix}{name}/" if name else prefix)


def values(group: Any) -> Iterator[tuple[str, np.ndarray]]:
    """The arrays of a group by their numbers."""
    for key in group:
        value = group[key]
        if isinstance(value, h5py.Dataset) and not value.external:
            yield key, np.array(value)
