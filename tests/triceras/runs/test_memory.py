import subprocess
import sys

import numpy as np
import pytest

from triceras.runs.memory import peak_memory_mb

pytestmark = pytest.mark.once


def test_peak_stays_when_memory_is_given_back_and_is_no_child_s():
    before = peak_memory_mb()
    np.ones(60 * 2**20 + int(before) * 2**20, "uint8")
    assert peak_memory_mb() >= before + 50
    program = "from triceras.runs.memory import peak_memory_mb; print(peak_memory_mb())"
    child = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    if sys.platform == "linux":
        assert 1 < float(child.stdout) < before
