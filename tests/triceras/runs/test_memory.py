import subprocess
import sys

import pytest

pytestmark = pytest.mark.once

PROGRAM = """
import subprocess, sys
import numpy as np
from triceras.runs.memory import peak_memory_mb

before = peak_memory_mb()
np.ones(int(before + 60) * 2**20, "uint8")
after = peak_memory_mb()
child = "from triceras.runs.memory import peak_memory_mb; print(peak_memory_mb())"
print(before, after, subprocess.check_output([sys.executable, "-c", child], text=True))
"""


@pytest.mark.slow
def test_peak_stays_when_memory_is_given_back_and_is_no_child_s():
    # In a process of its own, as the peak of this one may be gigabytes.
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    before, after, child = map(float, done.stdout.split())
    assert after >= before + 50
    if sys.platform == "linux":
        assert 1 < child < after
