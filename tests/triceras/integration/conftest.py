import pytest


@pytest.fixture(autouse=True)
def native_randomness_afterwards():
    """A run makes Keras's random numbers portable for the whole process."""
    yield
    from triceras.random.install import uninstall

    uninstall()
