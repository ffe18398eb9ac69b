"""The random generators beside the model's own: Python's, NumPy's and Keras's global one."""

import random
from typing import Any

import numpy as np
from keras.src.backend.common import global_state
from keras.src.random.seed_generator import GLOBAL_SEED_GENERATOR, global_seed_generator

from triceras.checkpoints import variables

PYTHON, NUMPY, KERAS = "random/python", "random/numpy", "random/keras"


def take() -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Copies their states: arrays, and a document for JSON."""
    version, words, gauss = random.getstate()
    legacy: Any = np.random.get_state(legacy=False)
    arrays = {
        PYTHON: np.array(words, "uint64"),
        NUMPY: np.array(legacy["state"]["key"]),
    }
    document = {
        "python": [version, gauss],
        "numpy": [int(legacy["state"]["pos"]), legacy["has_gauss"], float(legacy["gauss"])],
        "keras": None,
    }
    # Asking for it makes it, which draws from Python's.
    generator = global_state.get_global_attribute(GLOBAL_SEED_GENERATOR)
    if generator is not None:
        more, document["keras"] = variables.take([generator.state], KERAS)
        arrays |= more
    return arrays, document


def give(arrays: dict[str, np.ndarray], document: dict[str, Any]) -> None:
    """Gives them their states back."""
    give_keras(arrays, document)
    version, gauss = document["python"]
    random.setstate((version, tuple(map(int, arrays[PYTHON])), gauss))
    position, has_gauss, gauss = document["numpy"]
    np.random.set_state(("MT19937", arrays[NUMPY], position, has_gauss, gauss))


def give_keras(arrays: dict[str, np.ndarray], document: dict[str, Any]) -> None:
    """Gives Keras's global generator, from which a model may draw, its state back."""
    if document["keras"]:
        variables.give([global_seed_generator().state], arrays, document["keras"], KERAS)
