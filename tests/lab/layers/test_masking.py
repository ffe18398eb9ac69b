import math

import numpy as np
import pytest
from keras import ops

from lab.layers.masking import zero_where_masked

X = np.arange(1.0, 13.0, dtype="float32").reshape(2, 3, 2)


def test_without_a_mask_it_is_the_same_tensor():
    x = ops.convert_to_tensor(X)
    assert zero_where_masked(x, None) is x


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_what_is_masked_is_zero(rank):
    mask = np.arange(math.prod(X.shape[:rank])).reshape(X.shape[:rank]) % 2 == 0
    expected = X * mask.reshape(*mask.shape, *[1] * (3 - rank))
    result = zero_where_masked(ops.convert_to_tensor(X), ops.convert_to_tensor(mask))
    np.testing.assert_array_equal(ops.convert_to_numpy(result), expected)


def test_not_a_number_is_zero_too():
    x = ops.convert_to_tensor(np.array([[np.nan, 1.0]], "float32"))
    mask = ops.convert_to_tensor(np.array([[False, True]]))
    np.testing.assert_array_equal(ops.convert_to_numpy(zero_where_masked(x, mask)), [[0.0, 1.0]])
