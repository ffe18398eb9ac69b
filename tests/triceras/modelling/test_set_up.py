import importlib

import keras
import numpy as np
import pytest
from keras import ops
from omegaconf import OmegaConf

from triceras.modelling.set_up import set_up_keras

X = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
TRAINERS = {"jax": "JAXTrainer", "tensorflow": "TensorFlowTrainer", "torch": "TorchTrainer"}


@pytest.fixture(autouse=True)
def as_keras_has_it(backend, monkeypatch):
    """Takes back, for a test, what this process has mended of Keras's prediction."""
    trainer = importlib.import_module(f"keras.src.backend.{backend}.trainer")
    kind = getattr(trainer, TRAINERS[backend])
    for name in ("train_step", "test_step", "predict_step", "compute_loss_and_updates"):
        if hasattr(vars(kind).get(name), "__wrapped__"):
            monkeypatch.setattr(kind, name, vars(kind)[name].__wrapped__)
    if backend == "torch":
        monkeypatch.setattr(kind, "train_step", lambda *arguments: None)
    set_up_keras(OmegaConf.create({"random": "native", "precision": "float32", "seed": 0}))


class Half(keras.Model):
    """Multiplies by a weight of its own, in the type that it computes with."""

    def __init__(self):
        super().__init__(dtype="mixed_bfloat16")
        self.scale = self.add_weight(shape=(), initializer=lambda *_, **__: 1.00390625)

    def build(self, input_shape):
        pass

    def call(self, inputs):
        return inputs * self.scale


class Remembering(keras.Model):
    """Gives what it was given before."""

    def __init__(self):
        super().__init__()
        self.last = self.add_weight(shape=(8, 3), initializer="zeros", trainable=False)

    def build(self, input_shape):
        pass

    def call(self, inputs):
        before = self.last.value
        self.last.assign(inputs)
        return before


def predicted(model):
    model.build((None, 3))
    model.compile("sgd", "mse")
    return model.predict(X, 8, verbose=0)


def test_whoever_has_a_model_predict_is_given_what_it_computes():
    found = predicted(model := Half())
    np.testing.assert_array_equal(found, ops.convert_to_numpy(ops.cast(model(X), "float32")))


def test_whoever_has_a_model_predict_is_given_what_was_read_before_it_was_assigned():
    np.testing.assert_array_equal(predicted(Remembering()), [*(0 * X[:8]), *X[:8]])
