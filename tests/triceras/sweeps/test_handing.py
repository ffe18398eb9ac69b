import io
import os
import pickle
import signal
import subprocess
import sys

import pytest
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import OmegaConf

from triceras.config import compose
from triceras.sweeps import handing
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
    config = OmegaConf.create(words | {"sweep_id": None})
    handed = to_hand_over(config, root, sweep_id="s, t")
    monkeypatch.setenv(VARIABLE, "1")
    monkeypatch.setenv("HERE", "there")
    monkeypatch.setattr(handing, "jobs", [])
    HydraConfig.instance().cfg = None
    monkeypatch.setattr(handing, "configure_log", lambda *_: None)
    config = OmegaConf.to_container(handed_over(io.BytesIO(handed)), resolve=True)
    assert config == {"job": "job-3", "here": "there", "as_typed": "${x}", "sweep_id": "s, t"}
    assert handing.is_job()
    assert HydraConfig.get().mode == RunMode.RUN
    assert list(HydraConfig.get().overrides.task) == ["seed=5", 'sweep_id="s, t"']
    # What it starts itself is no job.
    assert VARIABLE not in os.environ
    assert handed_over() is None
    # The sweep itself stays one.
    assert root.hydra.mode == RunMode.MULTIRUN


def test_a_run_that_goes_on_is_told_nothing_else(root):
    handed = to_hand_over(OmegaConf.create({}), root, resume="a b")
    config, of_hydra = pickle.loads(handed[handing.BYTES :])
    assert config == {"resume": "a b"}
    assert list(of_hydra.hydra.overrides.task) == ["resume=a b"]


PROGRAM = """
import time
import hydra
from triceras.commands.command import run, task

@hydra.main(version_base="1.3", config_path=None)
@task
def main(config):
    print(config.notes, flush=True)
    time.sleep(30)

run(main)
"""


@pytest.mark.slow
def test_a_script_takes_it_in_the_place_of_its_words_and_ends_with_who_started_it(root, tmp_path):
    handed = to_hand_over(OmegaConf.create({"notes": "job-${hydra:job.num}"}), root)
    (tmp_path / "script.py").write_text(PROGRAM)
    command = [sys.executable, tmp_path / "script.py", "+notes=no"]
    environment = {**os.environ, VARIABLE: "1"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as process:
        process.stdin.write(handed)
        process.stdin.flush()
        assert process.stdout.readline() == b"job-3\n"
        assert process.poll() is None
        process.stdin.close()
        assert process.wait(20) == -signal.SIGTERM
