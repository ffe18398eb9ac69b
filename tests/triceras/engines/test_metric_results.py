import types

import keras
import numpy as np
import pytest
from keras import ops

from triceras import engines
from triceras.data.batch import BatchPreparation
from triceras.engines.chunk import Chunk
from triceras.engines.metric_results import check_apart, check_metrics, metric_results
from triceras.errors import UserError


def having(*metrics):
    """As much of a model as is asked for its metrics."""
    results = {}
    for name, result in metrics:
        results |= result if isinstance(result, dict) else {name: result}
    return types.SimpleNamespace(
        metrics=[types.SimpleNamespace(name=n, result=lambda r=r: r) for n, r in metrics],
        get_metrics_result=lambda: results,
    )


@pytest.mark.parametrize(
    ("result", "what"),
    [
        (np.ones((2,), "float32"), r"'odd' gives an array of shape \(2,\)"),
        (np.ones((1,), "float32"), r"'odd' gives an array of shape \(1,\)"),
        ({"part": np.ones((3,))}, r"'part' gives an array of shape \(3,\)"),
        ("high", "'odd' gives 'high', a str"),
        (None, "'odd' gives nothing"),
        ([1.0, 2.0], "'odd' gives a list of 2"),
        ({3: 1.0}, "a metric is called 3"),
    ],
)
def test_a_result_that_is_not_one_number_is_named(result, what):
    if isinstance(result, np.ndarray):
        result = ops.convert_to_tensor(result)
    with pytest.raises(UserError, match=what):
        check_metrics(having(("odd", result)))


@pytest.mark.once
@pytest.mark.parametrize(
    ("groups", "what"),
    [
        ([["loss"], ["a"], ["a"]], "two metrics of this model are called 'a'"),
        ([["loss"], ["a", "b"], ["b"]], "two metrics of this model are called 'b'"),
        ([["loss"], ["loss"], ["loss"]], "two metrics of this model are called 'loss'"),
        ([["loss"], ["val_loss"]], "the metric 'val_loss' is called as the result of 'loss'"),
        ([["a"], ["test_a"]], "the metric 'test_a' is called as the result of 'a'"),
    ],
)
def test_a_name_that_hides_another_is_named(groups, what):
    with pytest.raises(UserError, match=what):
        check_apart(groups)


@pytest.mark.parametrize("name", ["epoch", "step", "", "two\nlines"])
def test_a_name_that_no_column_can_have_is_refused(name):
    with pytest.raises(UserError, match="a metric is called "):
        check_metrics(having((name, 1.0)))


def test_names_that_hide_none_are_taken():
    check_metrics(having(("loss", 1.0), ("parts", {"a": 1.0, "b": 2}), ("val_c", True)))


def test_what_python_counts_is_refused_only_where_it_would_stay_what_it_was():
    model = having(("count", 3))
    assert float(metric_results(model)["count"]) == 3
    with pytest.raises(UserError, match="'count' gives a number of Python's"):
        metric_results(model, compiled=True)


class Parts(keras.metrics.Metric):
    """Several numbers, one of them in a dictionary of its own, and one never a number."""

    def __init__(self):
        super().__init__(name="parts")
        self.count = self.add_variable((), "zeros", name="count")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.count.assign_add(1.0)

    def result(self):
        return {"one": self.count * 1, "more": {"two": self.count * 2, "no": self.count * np.nan}}


class OwnLoss(keras.Sequential):
    """Tracks something else under the name of the loss."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.own = keras.metrics.Mean(name="loss")

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        loss = super().compute_loss(x, y, y_pred, sample_weight, training)
        self.own.update_state(loss + 100)
        return loss


class OnlyOwnLoss(OwnLoss):
    """The same, as many a Keras model does it."""

    @property
    def metrics(self):
        return [self.own]


@pytest.mark.in_turn
@pytest.mark.parametrize("kind", [OwnLoss, OnlyOwnLoss])
@pytest.mark.slow
def test_metrics_of_the_models_own_are_what_fit_makes_of_them(start, data, close, told, kind):
    def build():
        model = kind([keras.Input((64,)), keras.layers.Dense(10)])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("sgd", loss, metrics=[Parts()])
        return model, BatchPreparation("image", "label")

    def fitted(step=None):
        model = start(build).engine.model
        if step is not None:
            model.train_step = types.MethodType(step, model)
        x, y = data.train["image"][:64], data.train["label"][:64]
        logs = model.fit(x, y, batch_size=16, shuffle=False, verbose=0).history
        return {name: value[0] for name, value in logs.items()}, model

    expected, model = fitted()
    assert expected["loss"] > 100
    close(fitted(engines.fit_step())[0], expected)
    run = start(build)
    run.engine.try_first_batch(data.train.take(slice(16)))
    run.engine.load_state()
    rows = np.arange(64, dtype="int32").reshape(4, 16)
    _, logs = run.engine.train_steps(run.data, Chunk(rows, np.zeros((4, 2), "int32")))
    close({name: value[-1] for name, value in logs.items()}, expected)
    x, y = data.test["image"][:32], data.test["label"][:32]
    close(
        run.engine.evaluate(run.engine.put(data.test.take(slice(32))), 16),
        model.evaluate(x, y, 16, verbose=0, return_dict=True),
    )
    hides = [message for message in told() if "a metric of the model is called 'loss'" in message]
    assert bool(hides) == (kind is OwnLoss)
