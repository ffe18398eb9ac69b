import keras
import numpy as np
import pytest
from keras import ops

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset, Split
from triceras.modelling import flat_outputs
from triceras.modelling.losses_of_batches import tell_of_losses_of_batches

pytestmark = pytest.mark.in_turn


def of_the_batch(y_true, y_pred):
    return ops.mean(ops.square(y_true - y_pred))


def of_each_example(y_true, y_pred):
    return ops.mean(ops.square(y_true - y_pred), -1)


def said(caplog, loss, units=(1,), **weights):
    split = Split({"x": np.zeros((4, 2)), "y": np.zeros((4, *units)), "w": np.ones(4)})
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.add(keras.layers.Reshape(units))
    model.compile("sgd", loss)
    caplog.clear()
    data = Dataset("arrays", split, None, split, inputs="x")
    tell_of_losses_of_batches(model, BatchPreparation("x", "y", **weights), data)
    return caplog.messages


def test_weights_that_do_not_count_are_told_of(caplog):
    (message,) = said(caplog, of_the_batch, sample_weight="w")
    assert message.startswith("the loss of_the_batch gives one number for all examples of a batch")
    (message,) = said(caplog, of_the_batch, class_weight={0: 2.0})
    assert "so that model.class_weight counts by its mean alone" in message
    assert said(caplog, keras.losses.CosineSimilarity(), (), sample_weight="w")


def test_others_are_not(caplog):
    flat_outputs.install()
    assert not said(caplog, of_the_batch)
    assert not said(caplog, of_each_example, sample_weight="w")
    assert not said(caplog, "mse", sample_weight="w")
    assert not said(caplog, keras.losses.BinaryCrossentropy(), (), sample_weight="w")
