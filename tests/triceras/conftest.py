import contextlib
import io
import logging
import os
from unittest import mock

import pytest


@pytest.fixture(autouse=True)
def told_messages(monkeypatch):
    """A run keeps messages of the whole process to itself; pytest is to see those of tests."""
    monkeypatch.setattr(logging.getLogger("triceras"), "propagate", True)


@pytest.fixture
def run_script(monkeypatch):
    """Runs a script in this process: one that refuses what it is told needs none of its own."""
    from triceras.commands import command
    from triceras.config import ROOT
    from triceras.sweeps import report
    from triceras.testing.scripts import run_here

    # It closes all handlers, and absl's then closes pytest's own standard error.
    monkeypatch.setattr("hydra._internal.logging_config.configure_logging", lambda *_: None)
    monkeypatch.setattr(command, "failures", [])
    monkeypatch.setattr(report, "sweeps", [])
    with mock.patch.dict(os.environ):
        os.environ.pop("KERAS_BACKEND", None)
        yield lambda name, *words: run_here(ROOT / "scripts" / name, *words)


@pytest.fixture(scope="session")
def short_and_printed(tmp_path_factory, backend):
    """A run of 20 steps that tests only read, and what it printed."""
    from triceras.random.install import uninstall
    from triceras.testing.runs import run

    folder = tmp_path_factory.mktemp("short")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        outcome = run(folder, backend, "experiment=autoencoder", "max_steps=20")
    # A run makes Keras's random numbers portable for the whole process.
    uninstall()
    return outcome, printed.getvalue()


@pytest.fixture(scope="session")
def short(short_and_printed):
    """A run of 20 steps that tests only read."""
    return short_and_printed[0]


@pytest.fixture(scope="session")
def eager(tmp_path_factory, backend):
    """The first 5 steps of it, operation by operation."""
    from triceras.random.install import uninstall
    from triceras.testing.runs import run

    folder = tmp_path_factory.mktemp("eager")
    outcome = run(folder, backend, "experiment=autoencoder", "max_steps=5", "compile=false")
    uninstall()
    return outcome
