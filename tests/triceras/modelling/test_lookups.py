"""What is taken from beyond the end of a table."""

import numpy as np
import pytest
from keras import ops

from triceras import engines
from triceras.modelling import mends


@pytest.fixture(autouse=True, scope="module")
def mended():
    mends.install()


TABLE = np.arange(12, dtype="float32").reshape(4, 3)


@pytest.mark.parametrize(
    ("indices", "axis"), [([0, 3, -1, -4], 0), ([[0, 2], [-3, 1]], 1), ([[0, 11], [-12, 5]], None)]
)
def test_what_is_there_is_taken(indices, axis):
    taken = ops.take(TABLE, ops.convert_to_tensor(indices, "int32"), axis)
    np.testing.assert_array_equal(ops.convert_to_numpy(taken), np.take(TABLE, indices, axis))


def test_whole_numbers_stay_what_they_are():
    taken = ops.take(ops.arange(4), ops.convert_to_tensor([1, -1]), 0)
    assert ops.convert_to_numpy(taken).tolist() == [1, 3]


@pytest.mark.in_turn("jax", "tensorflow")
@pytest.mark.parametrize("axis", [0, 1, None])
def test_what_is_not_there_is_no_number_where_a_step_is_compiled(axis, backend):
    if backend == "torch":
        pytest.skip("PyTorch raises an error")

    def taken(table, indices):
        found = ops.take(table, indices, axis)
        return ops.sum(ops.where(ops.isnan(found), 0.0, found)), [found]

    beyond = TABLE.size if axis is None else TABLE.shape[axis]
    given = [ops.convert_to_tensor(TABLE), ops.convert_to_tensor([1, beyond, -beyond, -beyond - 1])]
    (found,), (gradient,) = engines.ways()["compiled"](taken, [0], given)
    wanted = np.take(TABLE, [1, 0, 0, 0], axis)
    wanted[(slice(None),) * (axis or 0) + ([1, 3],)] = np.nan
    np.testing.assert_array_equal(ops.convert_to_numpy(found), wanted)
    # What is not there moves nothing.
    np.testing.assert_array_equal(
        ops.convert_to_numpy(ops.sum(gradient)), np.isfinite(wanted).sum()
    )
