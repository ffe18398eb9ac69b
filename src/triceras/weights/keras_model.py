"""Weights in a `.keras` file, a whole model of Keras."""

from pathlib import Path

import keras
import numpy as np

from triceras.checkpoints.keras_files import check_paths, register_classes
from triceras.weights.found import Found
from triceras.weights.named import named_weights


def read_keras(path: Path) -> Found:
    """Reads a model that Keras or a run saved; code that it brings along is not run."""
    check_paths(path)
    register_classes(path)
    weights = named_weights(keras.saving.load_model(path, compile=False, safe_mode=True))
    arrays = [np.array(keras.ops.convert_to_numpy(weight.variable.value)) for weight in weights]
    return Found([weight.name for weight in weights], arrays, ordered=True)
