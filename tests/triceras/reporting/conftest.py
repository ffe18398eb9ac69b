"""Runs that were never trained, and reports on them."""

import random

import pytest

from triceras.reporting.report import make
from triceras.reporting.settings import Settings
from triceras.testing.many_runs import write_grid

RATE = "optimizer.learning_rate"
UNITS = "batch_size"


def loss(settings, seed):
    """What a run reached: an effect of its settings, one of its seed, and noise."""
    noise = random.Random(f"{sorted(settings.items())}{seed}").gauss(0, 0.1)
    return 10 + settings.get(RATE, 0) * 100 + settings.get(UNITS, 0) / 40 + seed + noise


@pytest.fixture
def grid(tmp_path):
    """Two settings of two values each, over four seeds."""
    write_grid(tmp_path, {RATE: [0.01, 0.001], UNITS: [32, 64]}, range(4), loss)
    return tmp_path


@pytest.fixture
def report_on():
    """Makes a report on folders."""

    def report_on(*folders, **settings):
        return make(Settings(tuple(folders), **settings))

    return report_on


@pytest.fixture
def compared(report_on):
    """The only comparison of the runs in folders."""

    def compared(*folders, **settings):
        (one,) = report_on(*folders, **settings).compared
        return one

    return compared
