import numpy as np
import pytest
from keras import ops
from omegaconf import OmegaConf

from triceras.modelling.set_up import set_up_keras
from triceras.testing.predicting import Half, Remembering, take_back_mended_steps

X = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")


@pytest.fixture(autouse=True)
def as_keras_has_it(backend, monkeypatch):
    """Takes back, for a test, what this process has mended of Keras's prediction."""
    take_back_mended_steps(backend, monkeypatch)
    set_up_keras(OmegaConf.create({"random": "native", "precision": "float32", "seed": 0}))


def predicted(model):
    model.build((None, 3))
    model.compile("sgd", "mse")
    return model.predict(X, 8, verbose=0)


def test_whoever_has_a_model_predict_is_given_what_it_computes():
    found = predicted(model := Half())
    np.testing.assert_array_equal(found, ops.convert_to_numpy(ops.cast(model(X), "float32")))


def test_whoever_has_a_model_predict_is_given_what_was_read_before_it_was_assigned():
    np.testing.assert_array_equal(
        predicted(Remembering(lambda variable: variable.value)), [*(0 * X[:8]), *X[:8]]
    )
