import types

import keras
import numpy as np
import pytest

from triceras.errors import UserError
from triceras.runs.monitor import check_mode, monitor_check, monitored

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("metrics", "name", "found"),
    [
        ({"loss": 1, "val_loss": 2}, "val_loss", "val_loss"),
        ({"loss": 1, "val_loss": 2}, "loss", "loss"),
        ({"loss": 1}, "val_loss", "loss"),
        ({"loss": 0.0}, "val_loss", "loss"),
        ({"loss": 1}, "val_accuracy", None),
        ({"val_loss": None, "loss": 1}, "val_loss", "loss"),
        ({}, "loss", None),
    ],
)
def test_monitored(metrics, name, found):
    assert monitored(metrics, name) == found


class Watcher:
    def __init__(self, monitor):
        self.monitor = monitor


class KerasWatcher(Watcher):
    __module__ = "keras.callbacks"


class OurWatcher(Watcher):
    __module__ = "triceras.checkpoints"


class Adder(Watcher):
    def on_epoch_end(self, epoch, logs):
        logs["mine"] = 1.0


class Model:
    def get_metrics_result(self):
        return {"loss": 0.0, "accuracy": 0.0, "loss of the step": 0.0}


class Lossless:
    def get_metrics_result(self):
        return {"accuracy": 0.0}


class Traces:
    __module__ = "triceras.runs"


class Undecided:
    def get_metrics_result(self):
        raise ValueError("nothing was seen")


def check(monitor, callbacks, validation=True, model=None):
    monitor_check(monitor, callbacks, validation, {"loss of the step"})(model or Model())


def test_what_is_computed_after_training_cannot_be_watched():
    said = "monitor=fid is not .* use one of .*; what model.evaluations.fid gives comes after tr"
    with pytest.raises(UserError, match=said):
        monitor_check("fid", {}, True, evaluations=["fid"])(Model())


def test_what_is_watched_is_there_before_the_first_step():
    check("val_accuracy", {"a": OurWatcher("val_loss"), "b": KerasWatcher("val_loss")})
    check("val_loss", {"a": OurWatcher("val_loss"), "b": KerasWatcher("loss")}, validation=False)
    check("learning_rate", {})
    check(None, {})
    # Not every model has a metric of the name `loss`, and not every callback watches one.
    check("val_accuracy", {"tracing": Traces()}, model=Lossless())
    # What these add, or what is still to come, cannot be known.
    check("mine", {"a": Adder("mine")})
    check("mine", {}, model=Undecided())


@pytest.mark.parametrize(
    ("monitor", "callback", "validation", "message"),
    [
        (
            *("accurcy", Watcher("mine"), True),
            "monitor=accurcy is not among the metrics of this model: did you mean accuracy? use "
            "one of accuracy, loss, val_accuracy, val_loss",
        ),
        (
            *("val_acuracy", None, True),
            "monitor=val_acuracy is not among the metrics of this model: did you mean "
            "val_accuracy? use one of accuracy, loss, val_accuracy, val_loss",
        ),
        (
            *("x", None, False),
            "monitor=x is not among the metrics of this model, for which there are no validation "
            "data: use one of accuracy, loss",
        ),
        (
            *("val_loss", OurWatcher("val_acuracy"), True),
            "callback.stop.monitor=val_acuracy is not among the metrics of this model: did you "
            "mean val_accuracy? use one of accuracy, loss, val_accuracy, val_loss",
        ),
        (
            *("val_loss", KerasWatcher(["loss"]), True),
            "callback.stop.monitor=['loss'] is not among the metrics of this model: use one of "
            "accuracy, loss, val_accuracy, val_loss",
        ),
        (
            *("val_loss", KerasWatcher("val_loss"), False),
            "callback.stop.monitor=val_loss is not among the metrics of this model, for which "
            "there are no validation data: did you mean loss? use one of accuracy, loss",
        ),
    ],
)
def test_a_metric_that_is_not_there_is_refused(monitor, callback, validation, message):
    with pytest.raises(UserError) as caught:
        check(monitor, {"stop": callback} if callback else {}, validation)
    assert str(caught.value) == message


class Largest(keras.metrics.Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        return super().update_state(keras.ops.max(y_pred, axis=-1))


@pytest.mark.parametrize(
    ("monitor", "mode", "right"),
    [
        ("val_loss", "max", "min"),
        ("loss", "max", "min"),
        ("val_accuracy", "min", "max"),
        ("val_accuracy", "max", None),
        ("val_mean", "min", None),
        ("val_mean", "max", None),
        ("val_accuracy", None, None),
    ],
)
def test_the_worst_is_not_taken_for_the_best(monitor, mode, right):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    metrics = [keras.metrics.SparseCategoricalAccuracy(name="accuracy"), Largest("mean")]
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=metrics)
    model.evaluate(np.zeros((1, 2)), np.zeros(1), verbose=0)
    check = monitor_check(monitor, {}, True, (), mode)
    if right is None:
        check(model)
        return
    with pytest.raises(UserError, match=f"monitor={monitor} with .* add monitor_mode={right};"):
        check(model)


def test_nor_is_it_of_a_weighted_metric():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    metrics = [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]
    model.compile("sgd", "sparse_categorical_crossentropy", weighted_metrics=metrics)
    model.evaluate(np.zeros((1, 2)), np.zeros(1), verbose=0)
    with pytest.raises(UserError, match=r"monitor=accuracy with .* add monitor_mode=max;"):
        monitor_check("accuracy", {}, True, (), "min")(model)


def test_nor_is_it_of_a_class():
    metric = keras.metrics.F1Score()
    with pytest.raises(UserError, match=r"monitor=val_f1_score_1 with .* add monitor_mode=max;"):
        check_mode("monitor", "val_f1_score_1", "monitor_mode", "min", having(metric))


def having(metric):
    return types.SimpleNamespace(metrics=[metric])


def of_outputs(names=("digit", "colour")):
    inputs = keras.Input((2,))
    outputs = {name: keras.layers.Dense(3, name=name)(inputs) for name in names}
    model = keras.Model(inputs, outputs)
    accuracy = keras.metrics.SparseCategoricalAccuracy
    model.compile(
        "sgd",
        dict.fromkeys(names, "sparse_categorical_crossentropy"),
        metrics={names[0]: [accuracy(name="accuracy")]},
    )
    labels = dict.fromkeys(names, np.zeros(1))
    model.evaluate(np.zeros((1, 2)), labels, verbose=0)
    return model


@pytest.mark.parametrize(
    ("monitor", "mode", "right"),
    [
        ("val_digit_accuracy", "min", "max"),
        ("val_digit_accuracy", "max", None),
        ("val_loss", "max", "min"),
        ("val_loss", "auto", None),
    ],
)
def test_nor_by_a_callback_of_several_outputs(monitor, mode, right):
    model = of_outputs()
    callback = keras.callbacks.EarlyStopping(monitor, mode=mode)
    check = monitor_check(None, {"mine": callback}, True)
    monitor_check(None, {"mine": callback}, True, insists=["mine"])(model)
    if right is None:
        check(model)
        return
    key = r"callback\.mine"
    with pytest.raises(UserError, match=f"{key}.monitor={monitor} .* add {key}.mode={right};"):
        check(model)
