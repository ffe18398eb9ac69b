import re

import keras
import pytest

from triceras.keras_table.operations import cases, expressions
from triceras.keras_table.operations.arrays import ARRAYS
from triceras.keras_table.operations.left_out import LEFT_OUT
from triceras.keras_table.operations.reasons import LOUD, REASONS

pytestmark = pytest.mark.once


def test_all_that_keras_exports_is_in_a_case():
    assert cases.not_computed() == [], (
        "Keras has others than before: add a case for each in triceras/keras_table/operations"
    )


def test_a_new_one_is_found(monkeypatch):
    def newest(x):
        return x

    monkeypatch.setattr(keras.ops, "newest", newest, raising=False)
    assert cases.not_computed() == ["ops newest"]


def test_what_is_left_out_is_there_and_in_no_case():
    for section, names in LEFT_OUT.items():
        module, _ = cases.SECTIONS[section]
        assert all(hasattr(module, name) for name in names)


def test_cases_are_expressions_of_arrays_that_no_function_hides():
    for section, (module, _) in cases.SECTIONS.items():
        assert not ARRAYS.keys() & vars(module).keys(), section
    for _, expression in cases.cases():
        expressions.names(expression)


def test_each_reason_is_that_of_a_case():
    keys = [": ".join(key) for key in cases.cases()]
    for kinds, pattern, _ in REASONS:
        assert kinds == LOUD or any(re.search(pattern, key) for key in keys), pattern


def test_templates_are_expanded():
    found = list(expressions.expanded("f({x|y}, {1|2})\ng(x,\n    y)"))
    assert found == ["f(x, 1)", "f(x, 2)", "f(y, 1)", "f(y, 2)", "g(x, y)"]
    assert expressions.inputs_of("sum(y + x, axis=u)") == ["u", "x", "y"]
    assert expressions.split("Dense(3)(x, training=True)") == (
        "Dense(3)",
        "arguments(x, training=True)",
    )
    assert expressions.split("sum(x)") is None
