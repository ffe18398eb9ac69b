import pytest

from triceras.testing.data_files import arrays as arrays
from triceras.testing.data_files import idx_folder as idx_folder


@pytest.fixture(autouse=True)
def native_randomness_afterwards():
    """A run makes Keras's random numbers portable for the whole process."""
    yield
    from triceras.random.install import uninstall

    uninstall()
