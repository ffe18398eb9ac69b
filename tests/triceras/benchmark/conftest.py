import pytest

from triceras.benchmark.alternation import ROOT
from triceras.config import compose
from triceras.random.install import install


@pytest.fixture(autouse=True)
def hand_written_code_is_found(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))


@pytest.fixture(autouse=True)
def portable_randomness():
    install()


@pytest.fixture
def configure(backend):
    """A benchmark's configuration on small data."""

    def configure(*overrides):
        small = ["batch_size=8", "benchmark.prepared_steps=6"]
        return compose([*small, f"backend={backend}", *overrides], name="benchmark")

    return configure


def contender(kind, ms, to_first_step=3.0):
    return {
        "kind": kind,
        "ms": ms,
        "summary": {"median": sorted(ms)[len(ms) // 2], "least": min(ms), "most": max(ms)},
        "seconds": {"compile": 1.0, "to_first_step": to_first_step, "import": 1.0, "rest": 1.0},
        "peak_memory_mb": 1234.5,
    }


@pytest.fixture
def contenders():
    return {
        "ours": contender("ours", [1.0, 2.0, 3.0]),
        "loop": contender("expert's", [2.0, 4.0, 3.0]),
        "slow": contender("people's", [9.0, 8.0, 9.0]),
        "fast": contender("people's", [4.0, 8.0, 4.0]),
    }
