import sys
import types

import keras
import pytest
from keras.src.utils import module_utils

from triceras.lazy_tensorflow import ImportedOnly, keep_tensorflow_out


@pytest.fixture
def lazy(monkeypatch):
    lazy = module_utils.LazyModule("tensorflow")
    monkeypatch.setattr(module_utils, "tensorflow", lazy)
    return lazy


def test_counts_once_somebody_has_imported_it(lazy, backend, monkeypatch):
    keep_tensorflow_out()
    if backend == "tensorflow":
        assert type(lazy) is module_utils.LazyModule
        return
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    assert type(lazy) is ImportedOnly
    assert not lazy.available
    monkeypatch.setitem(sys.modules, "tensorflow", types.ModuleType("tensorflow"))
    assert lazy.available


def test_layers_that_are_made_of_it_import_it(lazy, backend, monkeypatch):
    """Keras's own word for it was to install TensorFlow, which was installed."""
    from keras.src.layers.preprocessing import hashing

    monkeypatch.setattr(hashing, "tf", lazy)
    keep_tensorflow_out()
    assert type(hashing.tf) is module_utils.LazyModule
    if backend != "tensorflow":
        assert type(lazy) is ImportedOnly


def test_calling_it_again_changes_nothing(lazy):
    keep_tensorflow_out()
    first = type(lazy)
    keep_tensorflow_out()
    assert type(lazy) is first


def test_keras_that_has_no_such_module_is_left_alone(monkeypatch):
    monkeypatch.setattr(module_utils, "tensorflow", object())
    keep_tensorflow_out()


def test_keras_asks_this_module():
    """Fails where a later Keras decides in another way whether to import TensorFlow."""
    from keras.src.utils import rng_utils

    assert rng_utils.tf is module_utils.tensorflow
    assert isinstance(module_utils.tensorflow, module_utils.LazyModule)
    assert keras.utils.set_random_seed.__module__ == rng_utils.__name__
