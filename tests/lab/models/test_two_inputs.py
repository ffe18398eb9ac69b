import keras
import numpy as np
import pytest
from keras import ops

from lab.models.two_inputs import build_two_inputs

SHAPES = {"image": (2, 3, 1), "table": (4,)}
EXAMPLES = {name: np.ones((5, *shape), "float32") for name, shape in SHAPES.items()}


@pytest.mark.parametrize("names", [["image"], ["table"], ["image", "table"]])
def test_each_input_that_is_given_counts_in_both_outputs(names):
    keras.utils.set_random_seed(0)
    model = build_two_inputs({name: SHAPES[name] for name in names}, classes=3, units=4)
    given = {name: EXAMPLES[name] for name in names}
    before = model(given)
    assert {name: tuple(x.shape) for name, x in before.items()} == {"digit": (5, 3), "ink": (5, 1)}
    for name in names:
        after = model({**given, name: 2 * given[name]})
        for output in before:
            moved = ops.convert_to_numpy(after[output] - before[output])
            assert np.abs(moved).max() > 1e-3, (name, output)
