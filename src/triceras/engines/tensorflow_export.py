"""What TensorFlow reads of a model that was exported."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf


def read_saved_model(path: Path, types: Sequence[str]) -> Callable[[Any], Any]:
    """What a folder that `keras.Model.export` wrote makes of a tree of inputs.

    Args:
        path: the folder.
        types: of the inputs.

    Returns:
        From a tree of arrays, as the model takes it, to one of arrays.
    """
    with without_warnings():
        saved: Any = tf.saved_model.load(str(path))

    def call(inputs: Any) -> Any:
        pairs = zip(keras.tree.flatten(inputs), types, strict=True)
        tensors = [tf.cast(array, type) for array, type in pairs]
        outputs = saved.serve(keras.tree.pack_sequence_as(inputs, tensors))
        return keras.tree.map_structure(lambda tensor: tensor.numpy(), outputs)

    return call


@contextmanager
def without_warnings() -> Iterator[None]:
    """Has TensorFlow not tell, for each operation, of gradients for which nobody asks."""
    said = logging.getLogger("absl")
    before = said.level
    said.setLevel(logging.ERROR)
    try:
        yield
    finally:
        said.setLevel(before)
