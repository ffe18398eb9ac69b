import numpy as np
import pytest
from sklearn.datasets import load_digits

from lab.data.halved_digits import halved_digits

pytestmark = pytest.mark.once


def test_each_input_shows_what_the_other_hides():
    parts, digits = halved_digits(), load_digits()
    np.testing.assert_array_equal(parts["image"][..., 0] * 16, digits.images[:, :4])
    np.testing.assert_array_equal(parts["table"] * 16, digits.images[:, 4:].sum(axis=1))
    np.testing.assert_array_equal(parts["label"], digits.target)


def test_the_ink_is_that_of_both():
    parts = halved_digits()
    seen = parts["image"].sum(axis=(1, 2, 3)) + parts["table"].sum(axis=1)
    np.testing.assert_allclose(parts["ink"], seen[:, np.newaxis], rtol=1e-6)
