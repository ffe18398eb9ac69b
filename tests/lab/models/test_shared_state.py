import logging

import keras
import numpy as np
import pytest
from keras import layers, ops

from lab.layers.track_metric import TrackMetric
from lab.models.hypernetwork import Hypernetwork
from lab.models.shared_state import warn_of_shared_state


@pytest.fixture
def said(caplog, monkeypatch):
    """A function that says what is warned of in a network of some layers."""
    monkeypatch.setattr(logging.getLogger("lab"), "propagate", True)

    def said(*parts):
        caplog.clear()
        network = [keras.Input((8,)), layers.Dense(8), *parts, layers.Flatten(), layers.Dense(2)]
        warn_of_shared_state(keras.Sequential(network))
        return caplog.text

    return said


def test_batch_normalization_is_told_why_and_what_to_use(said):
    text = said(layers.BatchNormalization(name="mine"))
    assert "mine (BatchNormalization): its batch is one example, less its own mean" in text
    assert "use keras.layers.LayerNormalization()" in text
    text = said(layers.Reshape((4, 2)), layers.BatchNormalization())
    assert "training normalises each by itself, and evaluation by the average" in text
    assert "GroupNormalization(groups=-1)" in text


def test_other_state_is_named(said):
    text = said(layers.SpectralNormalization(layers.Dense(8), name="mine"))
    assert "mine (SpectralNormalization) remembers vector_u, of which there is one copy" in text
    assert "the metric 'size' of the target is not shown" in said(TrackMetric("size"))


@pytest.mark.parametrize(
    "part",
    [
        lambda: layers.Dropout(0.5),
        lambda: layers.LayerNormalization(),
        lambda: layers.Normalization(mean=0.5, variance=2.0),
        lambda: layers.Dense(8, trainable=False),
        lambda: layers.BatchNormalization(trainable=False),
    ],
)
def test_of_what_does_not_change_or_is_a_counter_nothing_is_said(said, part):
    assert said(part()) == ""


@pytest.mark.slow_on("jax", "tensorflow")
def test_the_alternatives_do_in_training_what_they_do_in_evaluation():
    parts = [layers.Reshape((2, 2, 2)), layers.GroupNormalization(groups=-1), layers.Flatten()]
    network = [keras.Input((8,)), layers.Dense(8), layers.LayerNormalization(), *parts]
    target = keras.Sequential([*network, layers.Dense(2)])
    model = Hypernetwork(target, keras.Sequential([keras.Input((8,)), layers.Dense(3)]))
    model.build((None, 8))
    x = np.random.default_rng(0).normal(size=(3, 8)).astype("float32")
    one, other = (ops.convert_to_numpy(model(x, training=t)) for t in (True, False))
    np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
