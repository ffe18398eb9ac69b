import numpy as np
import pytest
from sklearn.datasets import load_digits

from triceras.testing.small.data import digits

pytestmark = pytest.mark.once


def test_digits_are_those_of_scikit_learn():
    bunch = load_digits()
    found = digits()
    np.testing.assert_array_equal(found["image"], bunch.images)
    np.testing.assert_array_equal(found["label"], bunch.target)
    assert found["image"].dtype == found["label"].dtype == np.uint8
