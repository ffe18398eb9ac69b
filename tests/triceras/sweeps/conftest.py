import json
import os
import sys
from pathlib import Path

import pytest

import triceras
from triceras.config import ROOT
from triceras.sweeps import forked, job, report
from triceras.testing.scripts import run_here

# In the place of scripts/train.py: a run of no time, whose seed says how it ends.
RUN = """
import json, os, pathlib, signal, sys, time

words = dict(word.partition("=")[::2] for word in sys.argv[1:])
here = pathlib.Path(__file__).parents[1]
seed = words["seed"]
folder = pathlib.Path(words.get("resume") or here / f"run-{seed}-{time.time_ns()}")
folder.mkdir(exist_ok=True)
with open(here / "began", "a") as file:
    print(seed, "again" if "resume" in words else "new", file=file)
print(f"run: {folder}", flush=True)

def note(status):
    (folder / "run.json").write_text(json.dumps({"status": status}))
    (folder / "config.yaml").write_text("")

note("running")
cured = (here / "cured").exists() or "resume" in words
if seed == "1" and not cured:
    note("failed")
    sys.exit("error: it cannot be done")
if seed == "2" and not cured:
    signal.signal(signal.SIGTERM, lambda *_: (note("interrupted"), sys.exit(75)))
    # Until as many have begun as are to.
    while len((here / "began").read_text().splitlines()) < int(words.get("max_steps", 0)):
        time.sleep(0.01)
    os.kill(os.getppid(), signal.SIGTERM)
    time.sleep(30)
if seed == "3" and not cured:
    os.kill(os.getpid(), signal.SIGKILL)
(folder / "place.json").write_text(
    json.dumps(
        [sorted(os.sched_getaffinity(0)), os.environ.get("OMP_NUM_THREADS"), words["sweep_id"]]
    )
)
(folder / "summary.json").write_text(json.dumps({"metrics": {"val_loss": float(seed)}}))
note("finished")
"""


# The beginning of another one, which ends as what follows says, and notes what it was stopped by.
STOPPABLE = """
import json, os, pathlib, signal, sys, time

words = dict(word.partition("=")[::2] for word in sys.argv[1:])
here, seed = pathlib.Path(__file__).parents[1], int(words["seed"])
folder = pathlib.Path(words.get("resume") or here / f"run-{seed}-{time.time_ns()}")
folder.mkdir(exist_ok=True)
(folder / "config.yaml").touch()
print(f"run: {folder}", flush=True)

def note(status, code, name):
    (folder / "run.json").write_text(json.dumps({"status": status}))
    with open(folder / "said", "a") as file:
        print(status, name, *map(os.environ.get, VARIABLES), file=file)
    sys.exit(code)

for name in ("SIGUSR2", "SIGTERM"):
    signal.signal(getattr(signal, name), lambda *_, name=name: note("interrupted", 75, name))
"""


# What such a run has to be told, which is composed in less time than all that one can be.
CONFIG = """
defaults:
  - _self_
  - override hydra/job_logging: none
  - override hydra/hydra_logging: none

seed: 0
monitor: val_loss
max_steps: null
sweep: {fail_fast: false, report: false, resume: null}
resume_sweep: null
signals: [SIGINT, SIGTERM, SIGUSR2]

hydra:
  output_subdir: null
  sweep:
    dir: FOLDER/sweeps/${now:%H%M%S}-${unique_id:}
"""


class Sweeps:
    """Sweeps in a folder, of jobs that are over at once.

    Args:
        folder: it.
        *words: that each of them is begun with.
    """

    def __init__(self, folder, *words):
        self.folder, self.words = folder, words
        (folder / "scripts").mkdir()
        (folder / "scripts" / "train.py").write_text(RUN)

    script = ROOT / "scripts" / "train.py"

    def run(self, *words):
        """Runs the command with these words; returns what it printed, and its exit code."""
        report.sweeps.clear()
        return run_here(self.script, *words)

    def begin(self, *words):
        """Runs the command that begins a sweep."""
        return self.run("-m", *self.words, *words)

    @property
    def sweep(self):
        """The folder of the only sweep."""
        (found,) = (self.folder / "sweeps").iterdir()
        return found

    @property
    def began(self):
        """What ran, in its order."""
        return (self.folder / "began").read_text().splitlines()

    def jobs(self):
        """The records of the jobs."""
        paths = sorted(self.sweep.glob("*/job.json"))
        return [json.loads(path.read_text()) for path in paths]

    def statuses(self):
        """The statuses of the jobs."""
        return [record["status"] for record in self.jobs()]


@pytest.fixture
def sweeps(tmp_path, monkeypatch):
    """Sweeps in a folder of their own, of jobs that are over at once."""
    # It closes all handlers, and absl's then closes pytest's own standard error.
    monkeypatch.setattr("hydra._internal.logging_config.configure_logging", lambda *_: None)
    monkeypatch.setattr(job, "ROOT", tmp_path)
    # They need no framework, and some send signals to their parent.
    monkeypatch.setattr(forked, "can_fork", lambda: False)
    monkeypatch.setattr(report, "sweeps", [])
    return Sweeps(tmp_path, "monitor=val_loss", f"output_dir={tmp_path}")


@pytest.fixture
def bare(sweeps, monkeypatch):
    """The same with a configuration of next to nothing."""
    (sweeps.folder / "conf").mkdir()
    (sweeps.folder / "conf" / "train.yaml").write_text(CONFIG.replace("FOLDER", str(sweeps.folder)))
    monkeypatch.setenv("TRICERAS_CONF", str(sweeps.folder / "conf"))
    sweeps.words = ()
    return sweeps


@pytest.fixture
def elsewhere(bare, monkeypatch):
    """Puts a run in the place of all, for which the project is the folder of the sweeps.

    Its code goes on from `STOPPABLE`; the values of environment variables are noted with its end.
    """

    def put(code, *variables):
        (bare.folder / "src").mkdir()
        (bare.folder / "src" / "triceras").symlink_to(Path(triceras.__file__).parent)
        paths = [str(bare.folder / "src"), *filter(None, sys.path)]
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
        run = f"VARIABLES = {variables!r}\n{STOPPABLE}\n{code}"
        (bare.folder / "scripts" / "train.py").write_text(run)
        return bare

    return put
