import numpy as np
import pytest

from triceras.data.dataset import Dataset, Split
from triceras.errors import UserError
from triceras.modelling.named_parts import targets_of

pytestmark = pytest.mark.once


def test_targets_may_be_named_of_data_that_lack_them():
    split = Split({"features": np.zeros(2), "label": np.zeros(2)})
    data = Dataset("own", split, None, split)
    named = {"a": "price", "b": "labels"}
    assert targets_of(named, "features", data, there=False) == {"a": "price", "b": "label"}
    with pytest.raises(UserError, match=r"model\.targets\.a='price' is unknown: own has features"):
        targets_of(named, "features", data)


def test_inputs_among_several_targets_are_those_of_the_model():
    split = Split({"first": np.zeros(2), "second": np.zeros(2), "label": np.zeros(2)})
    data = Dataset("own", split, None, split)
    assert targets_of("inputs", "second", data) == "second"
    named = {"again": "inputs", "kind": "labels"}
    assert targets_of(named, "second", data) == {"again": "second", "kind": "label"}
