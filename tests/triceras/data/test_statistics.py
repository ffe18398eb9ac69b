import numpy as np
import pytest

from triceras.data.statistics import ROWS_AT_ONCE, mean_row

pytestmark = pytest.mark.once


@pytest.mark.parametrize("rows", [1, ROWS_AT_ONCE, 2 * ROWS_AT_ONCE + 17])
def test_the_mean_is_that_of_numpy_to_the_last_bit(rows):
    x = np.random.default_rng(0).random((rows, 3), "float32")
    assert np.array_equal(mean_row(x), np.mean(x, axis=0, dtype="float64"))
