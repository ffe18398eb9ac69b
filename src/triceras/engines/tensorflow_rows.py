"""Rows of data that lie on a device."""

from typing import Any

import tensorflow as tf

from triceras.engines.contract import Data


def shapes_of_rows(data: Data, count: int) -> tuple[Any, ...]:
    """The shapes of a batch of so many rows, with the names of its parts."""
    return tuple((name, (count, *array.shape[1:])) for name, array in data.items())


def gathered(data: Data, rows: Any) -> Data:
    """Some rows of each part."""
    return {name: tf.gather(array, rows) for name, array in data.items()}


def rows(data: Data, start: Any, size: int) -> Data:
    """`array[start : start + size]` of each part, of a length that XLA knows."""

    def sliced(array: Any) -> Any:
        zeros = [0] * (len(array.shape) - 1)
        return tf.slice(array, [start, *zeros], [size, *array.shape[1:]])

    return {name: sliced(array) for name, array in data.items()}
