import keras
import numpy as np
import pytest
from keras import ops

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset, Split
from triceras.modelling import flat_outputs
from triceras.modelling.metrics_of_batches import tell_of_metrics_of_batches

pytestmark = pytest.mark.in_turn


def of_the_batch(y_true, y_pred):
    return ops.mean(ops.square(y_true - y_pred))


def of_each_example(y_true, y_pred):
    return ops.mean(ops.square(y_true - y_pred), -1)


def said(caplog, metric, shape=(1,), key="metrics"):
    split = Split({"x": np.zeros((4, 2)), "y": np.zeros((4, *shape))})
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.add(keras.layers.Reshape(shape))
    model.compile("sgd", "mse", **{key: [metric]})
    caplog.clear()
    data = Dataset("arrays", split, None, split, inputs="x")
    tell_of_metrics_of_batches(model, BatchPreparation("x", "y"), data)
    return caplog.messages


@pytest.mark.parametrize("key", ["metrics", "weighted_metrics"])
def test_a_number_of_all_examples_is_told_of(caplog, key):
    (message,) = said(caplog, of_the_batch, key=key)
    assert message.startswith("the metric of_the_batch gives one number for all examples of a")
    (message,) = said(caplog, keras.metrics.MeanMetricWrapper(of_the_batch, name="own"), key=key)
    assert message.startswith("the metric own gives")


def test_what_is_along_the_axis_of_examples_is_told_of(caplog):
    assert said(caplog, keras.metrics.CosineSimilarity(), ())
    assert said(caplog, "kl_divergence", ())
    assert said(caplog, of_each_example, ())
    assert not said(caplog, keras.metrics.CosineSimilarity())


def test_others_are_not(caplog):
    flat_outputs.install()
    for metric in (
        *(of_each_example, "accuracy", "mse", keras.metrics.MeanAbsoluteError()),
        *(
            keras.metrics.BinaryAccuracy(),
            keras.metrics.AUC(),
            keras.metrics.RootMeanSquaredError(),
        ),
    ):
        assert not said(caplog, metric)
    for metric in ("mse", keras.metrics.MeanAbsoluteError(), keras.metrics.BinaryAccuracy()):
        assert not said(caplog, metric, ())


def test_each_output_has_its_own(caplog):
    rows = keras.Input((2,), name="rows")
    outputs = {name: keras.layers.Dense(1, name=name)(rows) for name in "ab"}
    model = keras.Model(rows, outputs)
    model.compile("sgd", {"a": "mse", "b": "mse"}, metrics={"b": [of_the_batch], "a": ["mse"]})
    split = Split({"x": np.zeros((4, 2)), "y": np.zeros((4, 1)), "z": np.zeros((4, 1))})
    data = Dataset("arrays", split, None, split, inputs="x")
    tell_of_metrics_of_batches(model, BatchPreparation("x", {"a": "y", "b": "z"}), data)
    (message,) = caplog.messages
    assert message.startswith("the metric of_the_batch")
