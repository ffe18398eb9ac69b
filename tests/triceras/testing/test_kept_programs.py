"""What a process of tests keeps is told to it alone."""

import os
import sys

import pytest

from triceras.kept_tensorflow import FLAGS, FOLDER
from triceras.testing.kept_programs import keep_for_this_process
from triceras.testing.quick_programs import FOR_ALL, XLA


@pytest.mark.in_turn("tensorflow")
def test_processes_that_tests_start_are_not_told(backend):
    if backend == "tensorflow":
        assert os.environ[FOLDER] not in os.environ.get(FLAGS, "")


@pytest.mark.once
def test_what_a_person_says_stays(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "environ", dict(os.environ))
    monkeypatch.setattr("glob.glob", lambda pattern: [])
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    os.environ |= {FOLDER: str(tmp_path), FLAGS: "--tf_xla_max_cluster_size=9", XLA: "--xla_a=1"}
    told = keep_for_this_process(quickly=True)
    assert str(tmp_path) in os.environ[FLAGS]
    assert os.environ[XLA] == f"--xla_a=1 {FOR_ALL}"
    told()
    assert os.environ[XLA] == "--xla_a=1"
    assert os.environ[FLAGS] == "--tf_xla_max_cluster_size=9"
