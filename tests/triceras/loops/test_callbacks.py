import sys
from types import SimpleNamespace

import pytest

from triceras.loops.callbacks import shows_progress

pytestmark = pytest.mark.once


@pytest.mark.parametrize("terminal", [True, False])
def test_a_progress_bar_is_for_terminals(monkeypatch, terminal):
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(isatty=lambda: terminal))
    assert shows_progress(SimpleNamespace(progress_bar="auto")) == terminal


def test_a_process_without_output_has_none(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    assert not shows_progress(SimpleNamespace(progress_bar="auto"))


@pytest.mark.parametrize("wanted", [True, False])
def test_what_is_said_counts(wanted):
    assert shows_progress(SimpleNamespace(progress_bar=wanted)) == wanted
