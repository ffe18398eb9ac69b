import numpy as np
import pytest

from triceras.data.dataset import Dataset, Split

pytestmark = pytest.mark.once


def test_a_split_is_as_long_as_its_images():
    assert len(Split(np.zeros((3, 4)), np.zeros(3))) == 3
    assert not Split(np.zeros((0, 4)), np.zeros(0))


def test_nothing_is_augmented_unless_the_source_says_so():
    split = Split(np.zeros((3, 4)), np.zeros(3))
    data = Dataset("name", split, None, split, 10, (2, 2), None)
    assert data.augment is None
    assert data != Dataset("name", split, None, split, 10, (2, 2), None)
