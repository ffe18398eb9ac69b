import numpy as np
import pytest

from triceras.data.batch import BatchPreparation
from triceras.engines import engine_class
from triceras.engines.chunk import Chunk
from triceras.random.install import install, uninstall


@pytest.fixture(scope="module", autouse=True)
def portable_randomness():
    install()
    yield
    uninstall()


@pytest.fixture
def train_compiled():
    """Takes steps with a compiled model, all in one compiled program.

    The steps go through the rows in order, again and again; returns losses and metrics of each.
    """

    def train_compiled(model, x, y, steps, batch_size):
        engine = engine_class()(model, BatchPreparation("image", "label"), steps_per_call=steps)
        engine.load_state()
        rows = np.arange(steps * batch_size, dtype="int32") % len(x)
        chunk = Chunk(rows.reshape(steps, batch_size), np.zeros((steps, 2), "int32"))
        losses, metrics = engine.train_steps(engine.put({"image": x, "label": y}), chunk)
        engine.save_state()
        assert engine.compile, "it was run eagerly"
        return losses["loss"], metrics

    return train_compiled
