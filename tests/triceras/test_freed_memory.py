import os
import subprocess
import sys

import pytest

from triceras.freed_memory import SAID

pytestmark = pytest.mark.once

# Arrays of 8 MB, all of which a step frees, in each of three steps.
STEPS = """
import resource
import numpy as np
from triceras.freed_memory import keep_memory
print(keep_memory())
for step in range(3):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    arrays = [np.ones(2**20) for _ in range(8)]
    del arrays
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(**said):
    """Whether memory is kept, and how many pages come anew in each step."""
    environment = {name: value for name, value in os.environ.items() if name not in SAID}
    done = subprocess.run(
        [sys.executable, "-c", STEPS],
        env={**environment, **said},
        capture_output=True,
        text=True,
        check=True,
    )
    kept, *pages = done.stdout.split()
    return kept, [int(count) for count in pages]


@pytest.mark.slow
def test_memory_of_a_step_is_there_for_the_next():
    kept, (first, *others) = faults()
    if kept == "False":
        pytest.skip("the C library is not glibc")
    assert max(others) < first / 10


@pytest.mark.slow
def test_what_the_environment_says_counts():
    kept, _ = faults(MALLOC_TRIM_THRESHOLD_="131072")
    assert kept == "False"
