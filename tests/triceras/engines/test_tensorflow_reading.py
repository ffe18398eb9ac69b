import keras
import numpy as np
import pytest

from triceras import engines


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "tensorflow":
        pytest.skip("the engine of another backend")


@pytest.mark.slow_on("tensorflow")
@pytest.mark.keras_internals
def test_no_thread_tunes_how_keras_reads(monkeypatch):
    from tensorflow.python.data.ops.iterator_ops import OwnedIterator

    engines.mend_fit()
    tuned = []
    create = OwnedIterator._create_iterator

    def seen(self, dataset):
        tuned.append(dataset.options().autotune.enabled)
        create(self, dataset)

    monkeypatch.setattr(OwnedIterator, "_create_iterator", seen)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    x, y = np.zeros((8, 2), "float32"), np.zeros((8, 1), "float32")
    model.fit(x, y, validation_data=(x, y), verbose=0)
    assert tuned
    assert not any(tuned)
