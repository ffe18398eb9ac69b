"""What TensorFlow reads of a model that was exported."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from triceras.patching import silent_below


def read_saved_model(path: Path) -> Callable[[Any], Any]:
    """What a folder that `keras.Model.export` wrote makes of a tree of inputs.

    Args:
        path: the folder.

    Returns:
        From a tree of arrays, of the types that the model takes, to one of arrays.
    """
    # For each operation it tells of gradients for which nobody asks.
    with silent_below(logging.getLogger("absl"), logging.ERROR):
        saved: Any = tf.saved_model.load(str(path))

    def call(inputs: Any) -> Any:
        return keras.tree.map_structure(lambda tensor: tensor.numpy(), saved.serve(inputs))

    return call
