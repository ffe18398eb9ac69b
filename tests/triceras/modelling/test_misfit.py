import keras
import numpy as np
import pytest

from triceras.errors import UserError
from triceras.modelling.misfit import telling_misfits


def test_shapes_that_do_not_fit_are_named_in_one_line():
    x, y = np.zeros((4, 8, 8, 1)), np.zeros((4,))
    loss = keras.losses.SparseCategoricalCrossentropy()
    with pytest.raises(UserError) as caught, telling_misfits(x, y):
        loss(y, keras.ops.ones((4, 8, 8, 10)))
    message = str(caught.value)
    assert "inputs of shape (4, 8, 8, 1) and labels of shape (4,): " in message
    assert "data.flatten" in message
    assert "\n" not in message


def test_other_errors_stay_what_they_are():
    error = TypeError("a bug")
    with pytest.raises(TypeError) as caught, telling_misfits(np.zeros((1,)), np.zeros((1,))):
        raise error
    assert caught.value is error
