"""A table of numbers, a class for each row: points on the arms of a spiral."""

from typing import Any

import numpy as np

from triceras.data import Dataset, split_table

ARMS = 3


def make_table(rows: int, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Makes the table; this is where to read your own.

    Args:
        rows: number of points.
        noise: standard deviation of their places.

    Returns:
        Inputs, float32 `(rows, 2)`, and labels from 0 to 2, int32 `(rows,)`.
    """
    labels = np.arange(rows) % ARMS
    radius = np.sqrt((np.arange(rows) + 1) / rows)
    angle = 4.0 * radius + 2 * np.pi * labels / ARMS
    points = radius[:, np.newaxis] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    points += noise * np.random.default_rng(0).standard_normal(points.shape)
    return points.astype("float32"), labels.astype("int32")


def load(*, rows: int, noise: float, **splits: Any) -> Dataset:
    """Loads the table, split for training, validation and test.

    Args:
        rows: number of points.
        noise: standard deviation of their places.
        **splits: how `triceras.data.split_table` divides them.

    Returns:
        A `Dataset`.
    """
    x, y = make_table(rows, noise)
    return split_table("example_data", x, y, classes=ARMS, **splits)
