"""Each file of `conf/sweep/`, by the command that its second line names."""

import json
import re
import shlex

import pytest

from triceras.config import ROOT, own_folder
from triceras.sweeps.launching import PlannedLauncher
from triceras.testing.runs import run
from triceras.testing.scripts import run_here

pytestmark = [pytest.mark.once, pytest.mark.slow]

FILES = sorted((ROOT / "conf" / "sweep").rglob("*.yaml"))
COMMAND = re.compile(r"^# python scripts/train\.py -m (.+)$", re.MULTILINE)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_its_jobs_can_be_composed_and_its_last_one_trains(path, tmp_path, monkeypatch, backend):
    assert path.is_relative_to(own_folder())
    # It closes all handlers, and absl's then closes pytest's own standard error.
    monkeypatch.setattr("hydra._internal.logging_config.configure_logging", lambda *_: None)
    monkeypatch.setattr(PlannedLauncher, "run", lambda *_: None)
    words = shlex.split(COMMAND.findall(path.read_text())[0])
    done = run_here(ROOT / "scripts" / "train.py", "-m", f"output_dir={tmp_path}", *words)
    assert done.stderr == ""
    (plan,) = tmp_path.glob("sweeps/*/sweep.json")
    jobs = [job["overrides"] for job in json.loads(plan.read_text())["jobs"]]
    assert len(jobs) > 1
    short = ("debug=limit", "max_steps=2", "epochs=null", "figures=none")
    outcome = run(tmp_path, backend, *jobs[-1], *short)
    assert outcome.summary["steps"] == 2
