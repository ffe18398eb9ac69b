import keras
import numpy as np
import pytest
from keras import ops

from lab.data import digits
from triceras.random.install import install, uninstall


@pytest.fixture(scope="module", autouse=True)
def portable_randomness():
    install()
    yield
    uninstall()


@pytest.fixture(scope="session")
def data():
    return digits.load(
        validation_size=200,
        test_size=300,
        split_seed=0,
        flatten=True,
        scale=True,
        binarize="none",
        limit=None,
    )


@pytest.fixture
def check_saved(tmp_path):
    """Saves and loads a model, and compares weights, optimizer and the outputs of `look`."""

    def plain(config):
        """Without what is not of the model: numbers of objects, tuples or lists."""
        if isinstance(config, dict):
            return {k: plain(v) for k, v in config.items() if k != "shared_object_id"}
        return [plain(v) for v in config] if isinstance(config, list | tuple) else config

    def numpy(tree):
        return [np.array(ops.convert_to_numpy(a)) for a in keras.tree.flatten(tree)]

    def same(first, second):
        return len(first) == len(second) and all(map(np.array_equal, first, second))

    def check_saved(model, look):
        model.save(tmp_path / "model.keras")
        loaded = keras.saving.load_model(tmp_path / "model.keras")
        assert type(loaded) is type(model)
        assert plain(loaded.get_config()) == plain(model.get_config())
        assert same(numpy(model.weights), numpy(loaded.weights))
        if model.optimizer.built:
            assert same(numpy(model.optimizer.variables), numpy(loaded.optimizer.variables))
        assert same(numpy(look(model)), numpy(look(loaded)))
        return loaded

    return check_saved
