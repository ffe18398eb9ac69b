"""Chooses images to show, and asks a model about many of them."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from triceras.data import Dataset
from triceras.errors import UserError

BATCH_SIZE = 1000


def image_shape_of(data: Dataset) -> tuple[int, ...]:
    """Height and width of a data set's images, and 3 where they are in colour.

    Raises:
        UserError: the data are no images.
    """
    if data.image_shape is None:
        raise UserError(f"the data {data.name} are no images: use figures=none or another group")
    return data.image_shape[:2] if data.image_shape[2] == 1 else data.image_shape


def in_batches(function: Callable[[Any], Any], x: Any) -> np.ndarray:
    """Applies a model's function to any number of examples, in memory that does not grow.

    Args:
        function: takes an array `(batch, ...)`, or a tree of such, returns one tensor
            `(batch, ...)`.
        x: array `(n, ...)`, or a tree of such.

    Returns:
        A float32 array `(n, ...)`.
    """
    starts = range(0, len(keras.tree.flatten(x)[0]), BATCH_SIZE)

    def on_host(start: int) -> np.ndarray:
        rows = keras.tree.map_structure(lambda array: array[start : start + BATCH_SIZE], x)
        result = function(rows)
        return np.asarray(keras.ops.convert_to_numpy(result), "float32")

    return np.concatenate([on_host(start) for start in starts])


def one_of_each_class(labels: np.ndarray, count: int) -> np.ndarray:
    """Chooses the first example of each class, then the second of each, and so on.

    Args:
        labels: int array `(n,)`.
        count: how many to choose.

    Returns:
        An int array of `count` indices, or `n` where there are no more.
    """
    turn = np.zeros(len(labels), int)
    for label in np.unique(labels):
        turn[labels == label] = np.arange(np.sum(labels == label))
    return np.lexsort((labels, turn))[:count]
