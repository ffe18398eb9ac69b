import io
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import OmegaConf

from triceras.config import compose
from triceras.sweeps import handing, job
from triceras.sweeps.handing import VARIABLE, handed_over, to_hand_over

pytestmark = pytest.mark.once


@pytest.fixture
def root(monkeypatch):
    """What Hydra says of itself in the fourth job of a sweep."""
    compose(["seed=5"])
    monkeypatch.setattr(HydraConfig.instance(), "cfg", HydraConfig.instance().cfg.copy())
    root = HydraConfig.instance().cfg
    OmegaConf.set_readonly(root.hydra, False)
    root.hydra.mode, root.hydra.job.num = RunMode.MULTIRUN, 3
    OmegaConf.set_readonly(root.hydra, True)
    return root


def test_the_process_has_what_was_composed_in_the_sweep(root, monkeypatch):
    words = {"job": "job-${hydra:job.num}", "here": "${oc.env:HERE}", "as_typed": r"\${x}"}
    handed = to_hand_over(OmegaConf.create(words | {"sweep_id": None}), sweep_id="s")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(handed)))
    monkeypatch.setenv(VARIABLE, "1")
    monkeypatch.setenv("HERE", "there")
    HydraConfig.instance().cfg = None
    monkeypatch.setattr(handing, "configure_log", lambda *_: None)
    config = OmegaConf.to_container(handed_over(), resolve=True)
    assert config == {"job": "job-3", "here": "there", "as_typed": "${x}", "sweep_id": "s"}
    assert HydraConfig.get().mode == RunMode.RUN
    assert list(HydraConfig.get().overrides.task) == ["seed=5", "sweep_id=s"]
    # What it starts itself is no job.
    assert VARIABLE not in os.environ
    assert handed_over() is None
    # The sweep itself stays one.
    assert root.hydra.mode == RunMode.MULTIRUN


def test_what_is_handed_over_comes_by_the_standard_input(tmp_path):
    code = f"import os, sys; print(os.environ['{VARIABLE}'], sys.stdin.read())"
    command = [sys.executable, "-c", code]
    _, lines, _ = job.run_and_echo(command, tmp_path / "job.log", handed=b"all of it")
    assert lines == ["1 all of it"]


def test_a_job_that_ends_before_it_reads_says_why(tmp_path):
    command = [sys.executable, "-c", "print('error: no')"]
    exit_code, lines, _ = job.run_and_echo(command, tmp_path / "job.log", handed=b"x" * 2**20)
    assert (exit_code, lines) == (0, ["error: no"])


def test_a_script_takes_it_in_the_place_of_its_words(root, tmp_path):
    program = """
import hydra
from triceras.commands.command import run, task

@hydra.main(version_base="1.3", config_path=None)
@task
def main(config):
    print(config.notes)

run(main)
"""
    handed = to_hand_over(OmegaConf.create({"notes": "job-${hydra:job.num}"}))
    (tmp_path / "script.py").write_text(program)
    result = subprocess.run(
        [sys.executable, tmp_path / "script.py", "+notes=no"],
        input=handed,
        capture_output=True,
        env={**os.environ, VARIABLE: "1"},
        check=True,
    )
    assert result.stdout == b"job-3\n"
