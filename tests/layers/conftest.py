import pytest

from triceras.random.install import install, uninstall


@pytest.fixture(scope="module", autouse=True)
def portable_randomness():
    install()
    yield
    uninstall()
