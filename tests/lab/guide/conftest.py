import keras
import numpy as np
import pytest

from lab.data import mnist_5k
from triceras.data.batch import BatchPreparation
from triceras.engines import engine_class
from triceras.engines.chunk import Chunk
from triceras.random.install import install, uninstall


@pytest.fixture(scope="module", autouse=True)
def portable_randomness():
    install()
    yield
    uninstall()


@pytest.fixture(autouse=True)
def seed():
    keras.utils.set_random_seed(0)


@pytest.fixture(scope="session")
def digits():
    """The guide's data, fewer of them: images `(1000, 784)` in [0, 1], and labels."""
    data = mnist_5k.load(
        validation_size=0,
        test_size=500,
        split_seed=0,
        flatten=True,
        scale=True,
        binarize="none",
        limit=1000,
    )
    return data.train["image"], data.train["label"]


def rows(step, batch_size):
    """The rows of the data that a step sees."""
    return np.random.default_rng(step).choice(1000, batch_size, replace=False).astype("int32")


@pytest.fixture
def batch_of(digits):
    """The images and labels that `train` gives to a step."""
    return lambda step, batch_size=64: tuple(a[rows(step, batch_size)] for a in digits)


@pytest.fixture(scope="session")
def train(digits):
    """Trains a compiled model with the custom loop's engine, all steps in one compiled program.

    Returns the losses and the metrics of each step.
    """

    def train(model, steps, batch_size=64, targets="label", compile=True):
        engine = engine_class()(
            model, BatchPreparation("image", targets), compile=compile, steps_per_call=steps
        )
        engine.load_state()
        indices = np.stack([rows(step, batch_size) for step in range(steps)])
        chunk = Chunk(indices, np.zeros((steps, 2), "int32"))
        data = engine.put({"image": digits[0], "label": digits[1]})
        losses, metrics = engine.train_steps(data, chunk)
        engine.save_state()
        assert engine.compile == compile
        assert losses["loss"].shape == (steps,)
        return losses["loss"], metrics

    return train
