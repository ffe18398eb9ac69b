import keras
import numpy as np
import pytest

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset, Split
from triceras.errors import UserError
from triceras.modelling.every_output import check_every_output

pytestmark = pytest.mark.once


class Own(keras.Model):
    """Gives what another model gives, by a call of its own."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def call(self, inputs):
        return self.inner(inputs)


def check(targets, weights=None, named=True, own=False, metrics=True):
    inputs = keras.Input((2,))
    outputs = {name: keras.layers.Dense(1, name=name)(inputs) for name in ("b", "a")}
    model = keras.Model(inputs, outputs if named else list(outputs.values()))
    model = Own(model) if own else model
    each = [keras.metrics.MeanAbsoluteError()]
    measured = {"a": each} if named else [[], each]
    model.compile("sgd", "mse", metrics=measured if metrics else None)
    split = Split({name: np.zeros((4, 2), "float32") for name in ("x", "y", "z")})
    data = Dataset("arrays", split, None, split, inputs="x")
    check_every_output(model, BatchPreparation("x", targets, weights), data)


@pytest.mark.parametrize("own", [False, True])
def test_targets_and_weights_that_metrics_would_take_for_those_of_others(own):
    with pytest.raises(UserError, match=r"targets lists 1, and the model gives 2 outputs: with"):
        check(["y"], named=False, own=own)
    with pytest.raises(UserError, match=r"sample_weight lists 1, and the model gives 2 outputs"):
        check(["y", "z"], ["x"], named=False, own=own)
    with pytest.raises(UserError, match=r"no part for b, and the model gives .*targets.b=y$"):
        check({"a": "y"}, own=own)
    with pytest.raises(UserError, match=r"model.sample_weight has no part for b, and the model"):
        check({"a": "y", "b": "z"}, {"a": "y"}, own=own)


def test_a_name_of_no_output():
    with pytest.raises(UserError, match=r"^model.targets has c, and the model gives b, a: give"):
        check({"a": "y", "c": "y"}, metrics=False)


def test_others_are_not_refused():
    check({"a": "y"}, metrics=False)
    check(["y"], named=False, metrics=False)
    check({"a": "y", "b": "z"}, "x")
    check(["y", "z"], ["x", "x"], named=False)
    check({"a": "y", "b": "z"}, named=False)
