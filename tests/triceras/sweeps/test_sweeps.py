"""Whole sweeps, of a script that is over at once."""

import json
import signal
from pathlib import Path

import pytest

from triceras.runs.lock import try_lock
from triceras.sweeps import plan
from triceras.sweeps.job import Job

pytestmark = [pytest.mark.once, pytest.mark.slow]


def test_all_jobs_are_planned_before_the_first_starts(sweeps, monkeypatch):
    seen = []
    original = Job.__init__

    def look(self, folder, *arguments):
        jobs = json.loads((sweeps.sweep / plan.FILE).read_text())["jobs"]
        seen.append(([entry["folder"] for entry in jobs], sweeps.statuses()))
        original(self, folder, *arguments)

    monkeypatch.setattr(Job, "__init__", look)
    assert sweeps.begin("seed=0,4").returncode == 0
    assert seen[0] == (["0", "1"], ["waiting", "waiting"])
    assert seen[1] == (["0", "1"], ["finished", "waiting"])
    # All is done, so there is nothing to do.
    assert sweeps.run(f"resume_sweep={sweeps.sweep}").returncode == 0
    assert len(seen) == 2


def test_a_job_that_fails_is_named_and_run_again(sweeps):
    done = sweeps.begin("seed=1,4")
    assert done.returncode == 1
    assert sweeps.statuses() == ["failed", "finished"]
    assert "job 0 failed: it cannot be done" in done.stdout
    assert "1 of 2 jobs finished, 1 failed" in done.stdout
    assert done.stdout.splitlines()[-1] == f"sweep: {sweeps.sweep}"
    (sweeps.folder / "cured").touch()
    done = sweeps.run(f"resume_sweep={sweeps.sweep}")
    assert done.returncode == 0, done.stderr
    assert "2 of 2 jobs finished" in done.stdout
    assert sweeps.began == ["1 new", "4 new", "1 new"]
    job = sweeps.jobs()[0]
    assert [attempt["error"] for attempt in job["attempts"]] == ["it cannot be done"]
    assert job["run_folder"] != job["attempts"][0]["run_folder"]
    assert (job["monitor"], job["value"], job["exit_code"]) == ("val_loss", 1.0, 0)


def test_fail_fast_leaves_out_the_rest(sweeps):
    done = sweeps.begin("seed=1,4", "sweep.fail_fast=true")
    assert done.returncode == 1
    assert sweeps.statuses() == ["failed", "skipped"]
    assert "1 failed, 1 skipped" in done.stdout
    # It is the command's own choice.
    assert sweeps.run(f"resume_sweep={sweeps.sweep}").returncode == 1
    assert sweeps.statuses() == ["failed", "finished"]


def test_interrupted_it_says_how_to_go_on(sweeps):
    before = signal.getsignal(signal.SIGTERM)
    done = sweeps.begin("seed=0,2,4", "hydra.sweeper.max_batch_size=1")
    assert done.returncode == 75
    assert signal.getsignal(signal.SIGTERM) == before
    assert sweeps.statuses() == ["finished", "interrupted", "waiting"]
    assert "1 interrupted, 1 waiting" in done.stdout
    assert done.stdout.splitlines()[-1] == f"sweep: {sweeps.sweep}"
    assert f"go on with python {sweeps.script} resume_sweep={sweeps.sweep}" in done.stderr
    (attempt,) = sweeps.folder.glob("run-2-*")
    assert sweeps.jobs()[1]["run_folder"] == str(attempt)
    assert sweeps.run(f"resume_sweep={sweeps.sweep}").returncode == 0
    assert sweeps.began == ["0 new", "2 new", "2 again", "4 new"]
    assert sweeps.jobs()[1]["run_folder"] == str(attempt)
    assert list((sweeps.sweep / "sessions").iterdir()) == []


def test_a_job_that_was_killed_goes_on(sweeps):
    done = sweeps.begin("seed=3")
    assert done.returncode == 1
    assert sweeps.statuses() == ["killed"]
    assert "its process died without a word" in done.stdout
    assert sweeps.run(f"resume_sweep={sweeps.sweep}").returncode == 0
    assert sweeps.began == ["3 new", "3 again"]


def test_what_ended_while_nobody_looked_is_not_run_again(sweeps):
    sweeps.begin("seed=0")
    path = sweeps.sweep / "0" / "job.json"
    record = json.loads(path.read_text()) | {"status": "running", "value": None}
    path.write_text(json.dumps(record))
    sweeps.run(f"resume_sweep={sweeps.sweep}")
    assert sweeps.began == ["0 new"]
    assert sweeps.jobs()[0]["value"] == 0.0


def test_auto_goes_on_with_the_same_words_alone(sweeps):
    words = ("seed=1", "sweep.resume=auto")
    assert sweeps.begin(*words).returncode == 1
    (sweeps.folder / "cured").touch()
    assert sweeps.begin("seed=4", "sweep.resume=auto").returncode == 0
    assert sweeps.begin(*words[::-1]).returncode == 0
    assert sweeps.began == ["1 new", "4 new", "1 new"]
    assert len(list((sweeps.folder / "sweeps").iterdir())) == 2
    # It has finished, so a new one begins.
    assert sweeps.begin(*words).returncode == 0
    assert len(list((sweeps.folder / "sweeps").iterdir())) == 3


def test_what_would_alter_jobs_is_refused(sweeps, tmp_path):
    sweeps.begin("seed=4")
    for word in ("max_steps=3", "hydra.sweep.dir=x", "--cfg"):
        done = sweeps.run(f"resume_sweep={sweeps.sweep}", word)
        assert done.returncode == 1
        assert f"{word} would alter its jobs" in done.stderr
    done = sweeps.run(f"resume_sweep={tmp_path}")
    assert "is not the folder of a sweep that can go on" in done.stderr
    done = sweeps.begin("seed=0,1", "sweep.resume=yes")
    assert "sweep.resume=yes is unknown: use auto" in done.stderr
    done = sweeps.begin("seed=0,1", f"hydra.sweep.dir={sweeps.sweep}")
    assert "holds a sweep already: go on with it by resume_sweep=" in done.stderr
    (sweeps.sweep / plan.FILE).write_text('{"jobs')
    done = sweeps.run(f"resume_sweep={sweeps.sweep}")
    assert "sweep.json is damaged" in done.stderr
    assert len(sweeps.began) == 1


def test_folders_of_jobs_may_be_deep_and_must_differ(sweeps):
    sweeps.begin("seed=4", "hydra.sweep.subdir=deep/job-${hydra.job.num}")
    (path,) = sweeps.sweep.glob("deep/job-0/job.json")
    run = json.loads(path.read_text())["run_folder"]
    assert json.loads((Path(run) / "place.json").read_text())[2] == sweeps.sweep.name
    done = sweeps.begin("seed=0,1", "hydra.sweep.subdir=same")
    assert done.returncode == 1
    assert "two jobs of this sweep would have one folder" in done.stderr


def test_of_two_that_go_on_at_once_one_runs_a_job(sweeps):
    sweeps.begin("seed=1,4")
    other = try_lock(sweeps.sweep / "0" / "job.lock")
    sweeps.run(f"resume_sweep={sweeps.sweep}")
    assert len(sweeps.began) == 2
    other.close()
    sweeps.run(f"resume_sweep={sweeps.sweep}")
    assert sweeps.began[2:] == ["1 new"]
