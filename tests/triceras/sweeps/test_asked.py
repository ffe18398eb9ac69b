import pytest

from triceras.errors import UserError
from triceras.sweeps.asked import bytes_of, seconds_of

pytestmark = pytest.mark.once


def test_times_and_memory_are_read_as_slurm_reads_them():
    times = ("0:01:00", "2:00:00", "1-12:00:00")
    assert [seconds_of(time) for time in times] == [60, 7200, 129600]
    assert [bytes_of(memory) for memory in ("8G", "8GB", "500M", 500, None)] == [
        8 * 2**30,
        8 * 2**30,
        500 * 2**20,
        500 * 2**20,
        0,
    ]
    assert seconds_of(None) is None


@pytest.mark.parametrize("memory", ["much", "-1G", "1.5G", True])
def test_what_is_no_memory(memory):
    with pytest.raises(UserError, match=f"hydra.launcher.memory={memory} is no amount"):
        bytes_of(memory)
