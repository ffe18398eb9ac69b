import ml_dtypes
import numpy as np
import pytest

from triceras.checkpoints.finite import Finite
from triceras.checkpoints.snapshot import Snapshot

pytestmark = pytest.mark.once

INFINITE, NONE = np.inf, np.nan


def of(*values, dtype="float32"):
    return Snapshot({"model/00000": np.array(values, dtype)}, {})


@pytest.mark.parametrize(
    ("began", "now", "held"),
    [
        ([0, 0], [1, 2], True),
        ([0, 0], [1, NONE], False),
        ([0, 0], [INFINITE, 1], False),
        ([-INFINITE, 0], [-INFINITE, 1], True),
        ([-INFINITE, -INFINITE], [3, -INFINITE], True),
        ([-INFINITE, 0], [NONE, NONE], False),
        ([-INFINITE, 0], [NONE, 0], False),
        ([-INFINITE, 0], [-INFINITE, INFINITE], False),
        ([NONE, 0], [NONE, 1], True),
        ([NONE, 0], [NONE, NONE], False),
        ([-INFINITE], [-INFINITE, -INFINITE], False),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", ml_dtypes.bfloat16])
def test_only_what_began_without_a_number_may_be_without_one(began, now, held, dtype):
    assert Finite(of(*began, dtype=dtype)).holds(of(*now, dtype=dtype)) == held


def test_only_the_model_is_looked_at():
    assert Finite(of(0)).holds(Snapshot({"callbacks/00000": np.array(NONE)}, {}))
    assert Finite(of(0)).holds(Snapshot({"model/00000": np.array(1e200)}, {}))
