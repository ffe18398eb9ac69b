"""One process tests one backend: the one that KERAS_BACKEND names, else the first installed."""

import os

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # two backends are tested at a time
os.environ["WANDB_MODE"] = "offline"
os.environ["WANDB_SILENT"] = "true"

from triceras.backend import installed

BACKENDS = installed()
os.environ.setdefault("KERAS_BACKEND", BACKENDS[0])


def pytest_report_header() -> str:
    return f"backend: {os.environ['KERAS_BACKEND']}"


def pytest_collection_modifyitems(config, items):
    """Leaves tests marked `once` to the process of the first backend."""
    if os.environ["KERAS_BACKEND"] == BACKENDS[0]:
        return
    again = [item for item in items if item.get_closest_marker("once")]
    config.hook.pytest_deselected(items=again)
    items[:] = [item for item in items if item not in again]


@pytest.fixture(scope="session")
def backend() -> str:
    """The backend of this process."""
    return os.environ["KERAS_BACKEND"]
