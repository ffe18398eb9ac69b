import contextlib
import warnings

import keras
import numpy as np
import pytest

from triceras.modelling.build import create_variables
from triceras.modelling.call_errors import told_by_call, warning_at_the_end


class Broken(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(2)

    def call(self, inputs):
        return self.missing(self.dense(inputs))


class Mismatched(Broken):
    def call(self, inputs):
        return keras.ops.matmul(self.dense(inputs), keras.ops.ones((5, 5)))


class Reads(Broken):
    def call(self, inputs):
        hidden = self.dense(inputs)
        return hidden if float(hidden[0, 0]) > 0 else -hidden


def error_of(model):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            create_variables(model, (None, 3))
        except Exception as error:
            return told_by_call(error)
    return None


def test_what_went_wrong_is_told_with_its_line():
    assert error_of(Broken()) == (
        "AttributeError: 'Broken' object has no attribute 'missing' (at test_call_errors.py:18: "
        "return self.missing(self.dense(inputs)))"
    )


@pytest.mark.on_each
@pytest.mark.parametrize(
    ("model", "line"),
    [(Mismatched, "return keras.ops.matmul("), (Reads, "return hidden if float(hidden[0, 0])")],
)
def test_keras_does_not_stand_before_it(backend, model, line):
    if model is Reads and backend == "torch":
        pytest.skip("PyTorch builds a model on numbers")
    told = error_of(model())
    assert f": {line}" in told
    for words in ("Exception encountered", "automatically infer", "_error_repr"):
        assert words not in told


@pytest.mark.once
def test_another_error_is_told_as_it_is():
    try:
        np.ones(3).reshape(2, 2)
    except ValueError as error:
        told = told_by_call(error)
    assert told.startswith("cannot reshape array of size 3 into shape (2,2) (at test_call_errors.")


@pytest.mark.once
def test_a_warning_waits_for_the_end_and_is_left_out_beside_an_error():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with warning_at_the_end():
            warnings.warn("kept", stacklevel=1)
            assert not seen
        assert [str(each.message) for each in seen] == ["kept"]
        with contextlib.suppress(KeyError), warning_at_the_end():
            warnings.warn("left out", stacklevel=1)
            raise KeyError
        assert len(seen) == 1
