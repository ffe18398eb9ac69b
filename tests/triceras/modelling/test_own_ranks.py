"""A loss or a metric of one's own that would compare each example with each is told of."""

import keras
import numpy as np
import pytest
from keras import ops

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset, Split
from triceras.modelling.own_ranks import tell_of_own_ranks


class Squares(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return ops.square(y_true - y_pred)


class Shaped(Squares):
    def call(self, y_true, y_pred):
        return super().call(ops.reshape(y_true, ops.shape(y_pred)), y_pred)


def near(y_true, y_pred):
    return ops.cast(ops.abs(ops.cast(y_true, "float32") - y_pred) < 0.5, "float32")


class Near(keras.metrics.Metric):
    """A share, counted by hand."""

    def __init__(self, name="near"):
        super().__init__(name=name)
        self.hits = self.add_variable((), initializer="zeros", name="hits")
        self.seen = self.add_variable((), initializer="zeros", name="seen")

    def update_state(self, y_true, y_pred, sample_weight=None):
        found = near(y_true, y_pred)
        self.hits.assign_add(ops.sum(found))
        self.seen.assign_add(ops.cast(ops.size(found), "float32"))

    def result(self):
        return self.hits / self.seen


def mean_wrapped():
    return keras.metrics.MeanMetricWrapper(near, name="near")


def told(caplog, target, output, loss="mse", **metrics):
    x = np.zeros((8, 3), "float32")
    y = np.arange(8).reshape(8, *target)
    split = Split({"x": x, "label": y})
    data = Dataset("points", split, None, split, inputs="x", labels="label")
    layers = [keras.layers.Dense(1), keras.layers.Reshape(output)]
    model = keras.Sequential([keras.Input((3,)), *layers])
    model.compile("sgd", loss, **metrics)
    tell_of_own_ranks(model, BatchPreparation("x", "label"), data)
    return [one.message for one in caplog.records]


@pytest.mark.parametrize(("target", "output"), [((), (1,)), ((1,), ())])
def test_a_loss_is_told_of(target, output, caplog):
    (message,) = told(caplog, target, output, Squares())
    # Of 0 to 3 and the same moved by one place: all pairs, and those that are meant.
    assert "compares each example with each, as the target label" in message
    assert "it makes 2.5, and 3 where both have one shape" in message


@pytest.mark.parametrize("key", ["metrics", "weighted_metrics"])
@pytest.mark.parametrize("metric", [Near, mean_wrapped])
def test_a_metric_is_told_of(key, metric, caplog):
    one = metric()
    (message,) = told(caplog, (), (1,), **{key: [one]})
    assert message.startswith("the metric near compares each example with each")
    assert all(float(ops.convert_to_numpy(v)) == 0 for v in one.variables)


@pytest.mark.parametrize(
    ("target", "output", "loss", "metrics"),
    [
        ((), (1,), Shaped(), []),
        # Of which Keras makes a loss.
        ((), (1,), Squares().call, []),
        ((1,), (1,), Squares(), [Near()]),
        ((), (), Squares(), [mean_wrapped()]),
        ((), (1,), "mae", ["mae", keras.metrics.RootMeanSquaredError()]),
    ],
)
def test_what_is_compared_as_it_is_meant_is_not(target, output, loss, metrics, caplog):
    assert told(caplog, target, output, loss, metrics=metrics) == []
