import sys
from pathlib import Path

import pytest

# The folder of `runs`, which pytest's importlib mode does not put on the path.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def native_randomness_afterwards():
    """A run makes Keras's random numbers portable for the whole process."""
    yield
    from triceras.random.install import uninstall

    uninstall()
