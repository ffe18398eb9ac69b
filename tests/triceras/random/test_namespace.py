import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops

from triceras.random.namespace import cast, ops_for


@pytest.mark.parametrize("values", [(), (1,), (1.5, np.zeros(2)), (np.int64(3), np.float32(1))])
def test_host_values_are_computed_by_numpy(values):
    assert ops_for(*values) is np


def test_one_tensor_is_enough_for_keras():
    assert ops_for(ops.zeros((2,))) is keras.ops
    assert ops_for(np.zeros(2), 3, ops.zeros((2,))) is keras.ops


@pytest.mark.parametrize("number", [2**32 + 5, 2**31, -1, 2**40 + 2**31])
def test_cast_wraps_integers_around(number, backend):
    expected = (number + 2**31) % 2**32 - 2**31
    assert cast(number, "int32", np) == expected
    assert cast(np.int64(number), "int32", np) == expected
    if backend != "jax":  # which holds no int64
        assert int(cast(ops.convert_to_tensor(np.int64(number)), "int32", ops)) == expected
    unsigned = ops.convert_to_tensor(np.uint32(number % 2**32))
    assert int(cast(unsigned, "int32", ops)) == expected


@pytest.mark.once
def test_the_host_draws_without_keras():
    code = (
        "import sys, triceras.random.batch_order as b, triceras.random.bits as u;"
        "key = b.batch_keys(0, 0, 1)[0]; u.uniform_from_key(key, (3,)); b.permutation(0, 0, 9);"
        "sys.exit('keras' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
