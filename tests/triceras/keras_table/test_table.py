import keras
import pytest

from triceras.keras_table import optimizers, table
from triceras.keras_table.layers import WHY_NOT

pytestmark = pytest.mark.once


def test_all_that_keras_exports_is_in_the_table():
    assert table.not_in_the_table() == [], (
        "Keras has others than before: add a model for each in triceras/keras_table"
    )


def test_what_is_not_trained_is_not_trained():
    assert {name for kind, name in table.cases() if kind == "layer"}.isdisjoint(WHY_NOT)


def test_a_new_one_is_found(monkeypatch):
    class Newest(keras.layers.Layer):
        pass

    class Strict(keras.constraints.Constraint):
        pass

    monkeypatch.setattr(keras.layers, "Newest", Newest, raising=False)
    monkeypatch.setattr(keras.constraints, "Strict", Strict, raising=False)
    assert table.not_in_the_table() == ["constraint Strict", "layer Newest"]


def test_a_new_option_or_schedule_is_found_and_a_new_optimizer_trained(monkeypatch):
    class Fast(keras.optimizers.SGD):
        def __init__(self, learning_rate=0.1, haste=0.0, **kwargs):
            super().__init__(learning_rate, **kwargs)

    class Steep(keras.optimizers.schedules.LearningRateSchedule):
        pass

    monkeypatch.setattr(keras.optimizers, "Fast", Fast, raising=False)
    monkeypatch.setattr(keras.optimizers.schedules, "Steep", Steep, raising=False)
    assert optimizers.unknown() == ["Steep", "haste"]
    assert ("optimizer", "Fast learning_rate") in table.cases()
