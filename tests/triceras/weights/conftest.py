import keras
import numpy as np
import pytest

from triceras.testing.backbone import build_classifier
from triceras.weights.named import named_weights


def save(model, path):
    """Writes the weights of a model to a file of the kind that its name says."""
    arrays = {
        w.name: np.array(keras.ops.convert_to_numpy(w.variable)) for w in named_weights(model)
    }
    if path.name.endswith(".keras"):
        model.save(path)
    elif path.name.endswith(".h5"):
        model.save_weights(path)
    elif path.name.endswith(".npz"):
        np.savez(path, **arrays)  # pyright: ignore[reportArgumentType]
    else:
        pytest.importorskip("safetensors.numpy").save_file(
            {name.replace("/", "."): value for name, value in arrays.items()}, path
        )
    return path


@pytest.fixture
def saved(tmp_path):
    """A function that saves a classifier, or another model, to a file of some kind."""

    def write(kind, model=None):
        return save(model or build_classifier(seed=7), tmp_path / f"saved{kind}")

    return write
