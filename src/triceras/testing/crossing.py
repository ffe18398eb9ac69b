"""Trains on one backend, goes on with another, and compares with a run that stayed on one."""

import csv
import functools
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from triceras.testing.kills import finish

Train = Callable[..., Path]


@functools.lru_cache
def uninterrupted(
    train: Train, backend: str, steps: int, overrides: tuple[str, ...], folder: Path
) -> Path:
    """The folder of a run on one backend alone."""
    return train(f"backend={backend}", f"max_steps={steps}", *overrides, f"output_dir={folder}")


def compare_crossed(
    first: str,
    second: str,
    before: int,
    steps: int,
    overrides: Sequence[str],
    folder: Path,
    train: Train = finish,
) -> float:
    """Takes steps on one backend and further ones on another.

    Args:
        first: the backend that the run begins on.
        second: the one that it goes on with.
        before: steps on the first.
        steps: steps on the second.
        overrides: what to train.
        folder: where the run folders go.
        train: trains on the first to the end, as it is told; returns the run folder.

    Returns:
        The worst relative difference of a step's loss on the second backend to that of a run that
        stayed on the first.
    """
    whole = uninterrupted(train, first, before + steps, tuple(overrides), folder)
    part = folder / f"{first}-{second}"
    shutil.copytree(uninterrupted(train, first, before, tuple(overrides), folder), part)
    finish(f"resume={part}", f"backend={second}", f"max_steps={before + steps}")
    expected, reached = (losses(path)[before:] for path in (whole, part))
    if len(expected) != steps or len(reached) != steps:
        raise RuntimeError(f"{len(reached)} of {steps} steps after {before} are in {part}")
    return float(np.max(np.abs(reached / expected - 1)))


def losses(folder: Path) -> np.ndarray:
    """The loss of every step of a run, float64 `(steps,)`."""
    with open(folder / "steps.csv") as file:
        return np.array([float(row["loss"]) for row in csv.DictReader(file)])
