import importlib
import sys
import types

import keras
import numpy as np
import pytest
from keras.src.trainers.data_adapters import array_slicing

from triceras.lean_keras import (
    LATER,
    SPLASH_ATTENTION,
    SPLASH_ATTENTION_PARTS,
    STAND_INS,
    Image,
    LeanFinder,
    OnceImported,
    StandIn,
    keep_lean,
)

pytestmark = pytest.mark.once


def test_a_stand_in_gives_way_to_the_module_itself():
    stand_in = StandIn("json")
    assert stand_in.dumps([1]) == "[1]"
    assert not hasattr(stand_in, "__path__")


def test_nothing_is_a_table_before_pandas_is_there(monkeypatch):
    series = OnceImported("Series", (), {})
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert not isinstance(1, series)
    monkeypatch.setitem(sys.modules, "pandas", types.SimpleNamespace(Series=int))
    assert isinstance(1, series)


def test_keras_knows_the_tables_of_pandas():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    assert array_slicing.can_slice_array(table)
    assert isinstance(table["a"], array_slicing.ARRAY_TYPES)
    assert not array_slicing.can_slice_array({"a": 1})


def test_keras_has_these_modules_and_what_is_in_them():
    """Fails where a later Keras has them elsewhere, which would only be slow."""
    for name in (*LATER, *STAND_INS):
        if name.startswith("keras"):
            assert name in sys.modules, name
    assert keras.wrappers.SKLearnClassifier.__name__ == "SKLearnClassifier"
    assert callable(keras.visualization.plot_image_gallery)
    assert callable(keras.callbacks.OrbaxCheckpoint)


def test_what_keras_writes_to_a_server_with_is_there_when_it_does():
    requests = importlib.import_module("keras.src.callbacks.remote_monitor").requests
    assert issubclass(requests.exceptions.RequestException, OSError)
    with pytest.warns(UserWarning, match="Could not reach RemoteMonitor"):
        keras.callbacks.RemoteMonitor(root="http://127.0.0.1:9").on_epoch_end(0, {"loss": 1.0})
    psutil = importlib.import_module("keras.src.saving.saving_lib").psutil
    assert psutil.virtual_memory().available > 0


def test_keras_reads_and_resizes_images(tmp_path):
    image = np.arange(48, dtype="uint8").reshape(4, 4, 3)
    for file in (tmp_path / "a" / "1.png", tmp_path / "b" / "2.png"):
        file.parent.mkdir()
        keras.utils.save_img(file, image, scale=False)
    np.testing.assert_array_equal(keras.utils.img_to_array(keras.utils.load_img(file)), image)
    loaded = keras.utils.load_img(file, target_size=(2, 2), interpolation="nearest")
    np.testing.assert_array_equal(keras.utils.img_to_array(loaded), image[1::2, 1::2])


def test_keras_knows_the_ways_to_resize_by_pillows_own_numbers():
    image = pytest.importorskip("PIL.Image")
    ways = {way.name: way.value for way in image.Resampling}
    assert vars(Image.Resampling).items() <= ways.items()


def test_jax_has_a_cache_of_a_limited_size(tmp_path):
    pytest.importorskip("jax")
    cache = importlib.import_module("jax._src.lru_cache").LRUCache(str(tmp_path), max_size=1000)
    cache.put("a", b"1")
    assert cache.get("a") == b"1"


def test_what_jax_has_for_paths_tests_them():
    pytest.importorskip("jax")
    epath = importlib.import_module("etils.epath")
    with epath.testing.mock_epath(exists=lambda original, path: path == "/here"):
        assert epath.Path("/here").exists()
        assert not epath.Path("/there").exists()


@pytest.mark.slow
@pytest.mark.parametrize("part", sorted(SPLASH_ATTENTION_PARTS))
def test_what_tpus_attend_with_is_there(part):
    pytest.importorskip("jax")
    module = importlib.import_module(f"{SPLASH_ATTENTION}.{part}")
    names = {"splash_attention_kernel": "make_splash_mha", "splash_attention_mask": "CausalMask"}
    assert callable(getattr(module, names[part]))


def test_it_is_asked_once():
    keep_lean()
    keep_lean()
    assert sum(isinstance(finder, LeanFinder) for finder in sys.meta_path) == 1
