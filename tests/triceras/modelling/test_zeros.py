import logging

import keras
import numpy as np
import pytest

from triceras.modelling import zeros


@pytest.mark.parametrize("dtype", ["float32", "int32", "bool", "bfloat16", None])
def test_zeros_are_zeros_of_the_type(dtype):
    zeros.install()
    zeros.install()
    found = keras.initializers.Zeros()((2, 3), dtype)
    assert keras.ops.is_tensor(found)
    assert keras.backend.standardize_dtype(found.dtype) == (dtype or "float32")
    assert keras.ops.shape(found) == (2, 3)
    assert not np.any(keras.ops.convert_to_numpy(keras.ops.cast(found, "float32")))


@pytest.mark.in_turn("jax")
def test_no_program_is_compiled_for_them(caplog):
    if keras.backend.backend() != "jax":
        pytest.skip("other backends compile none")
    import jax

    zeros.install()
    with jax.log_compiles(), caplog.at_level(logging.WARNING):
        keras.initializers.Zeros()((3, 1711))
        assert not caplog.records
        keras.ops.zeros((3, 1713))
        assert caplog.records


def test_variables_that_begin_with_zeros_are_their_own():
    zeros.install()
    first, second = (keras.Variable("zeros", shape=(4,), dtype="float32") for _ in range(2))
    first.assign([1, 2, 3, 4])
    assert not np.any(keras.ops.convert_to_numpy(second))
