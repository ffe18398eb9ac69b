import pytest

from triceras.config import ROOT, compose
from triceras.random.install import install, uninstall


@pytest.fixture(autouse=True)
def hand_written_code_is_found(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))


@pytest.fixture(autouse=True)
def portable_randomness():
    install()
    yield
    uninstall()


@pytest.fixture
def configure(backend):
    """A benchmark's configuration of a few steps."""

    def configure(*overrides):
        small = ["batch_size=8", "benchmark.prepared_steps=6"]
        return compose([*small, f"backend={backend}", *overrides], name="benchmark")

    return configure
