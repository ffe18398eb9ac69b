import errno
import os

import keras
import pytest

from triceras.errors import UserError
from triceras.runs.faults import explained


# TensorFlow waits 10 s for memory.
@pytest.mark.slow_on("tensorflow")
def test_memory_that_runs_out_is_one_line_on_each_backend():
    # 4 EB: no machine has them.
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each framework has its own
        keras.ops.convert_to_numpy(keras.ops.zeros((10**9, 10**9)))
    told = explained(caught.value, batch_size=128)
    assert isinstance(told, UserError)
    assert str(told).startswith("out of memory: lower batch_size=128 or")
    assert "\n" not in str(told)


def test_python_itself_runs_out():
    assert "out of memory" in str(explained(MemoryError(), 1))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_is_full(number):
    told = explained(OSError(number, os.strerror(number), "outputs/steps.csv"), 1)
    assert isinstance(told, UserError)
    assert str(told).startswith("the disk is full ([Errno ")
    assert "outputs/steps.csv" in str(told)
    assert "output_dir=<folder>" in str(told)


def test_other_errors_stay_what_they_are():
    error = ValueError("shapes do not fit")
    assert explained(error, 1) is error
