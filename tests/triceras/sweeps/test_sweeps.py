"""Whole bare, of a script that is over at once."""

import json
import signal
from pathlib import Path

import pytest

from triceras.runs.lock import try_lock
from triceras.sweeps import job_record, plan
from triceras.sweeps.job import Job

pytestmark = [pytest.mark.once, pytest.mark.slow]


def test_all_jobs_are_planned_before_the_first_starts(bare, monkeypatch):
    seen = []
    original = Job.__init__

    def look(self, folder, *arguments):
        jobs = json.loads((bare.sweep / plan.FILE).read_text())["jobs"]
        seen.append(([entry["folder"] for entry in jobs], bare.statuses()))
        original(self, folder, *arguments)

    monkeypatch.setattr(Job, "__init__", look)
    assert bare.begin("seed=0,4").returncode == 0
    assert seen[0] == (["0", "1"], ["waiting", "waiting"])
    assert seen[1] == (["0", "1"], ["finished", "waiting"])
    # All is done, so there is nothing to do.
    assert bare.run(f"resume_sweep={bare.sweep}").returncode == 0
    assert len(seen) == 2


def test_a_job_that_cannot_be_leaves_none_behind(bare):
    done = bare.begin("seed=0,4", "+no={0:1}.key,1")
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert not list(bare.folder.rglob(job_record.FILE))


def test_a_job_that_fails_is_named_and_run_again(bare):
    done = bare.begin("seed=1,4")
    assert done.returncode == 1
    assert bare.statuses() == ["failed", "finished"]
    assert "job 0 failed: it cannot be done" in done.stdout
    assert "1 of 2 jobs finished, 1 failed" in done.stdout
    assert done.stdout.splitlines()[-1] == f"sweep: {bare.sweep}"
    (bare.folder / "cured").touch()
    done = bare.run(f"resume_sweep={bare.sweep}")
    assert done.returncode == 0, done.stderr
    assert "2 of 2 jobs finished" in done.stdout
    assert bare.began == ["1 new", "4 new", "1 new"]
    job = bare.jobs()[0]
    assert [attempt["error"] for attempt in job["attempts"]] == ["it cannot be done"]
    assert job["run_folder"] != job["attempts"][0]["run_folder"]
    assert (job["monitor"], job["value"], job["exit_code"]) == ("val_loss", 1.0, 0)


def test_fail_fast_leaves_out_the_rest(bare):
    done = bare.begin("seed=1,4", "sweep.fail_fast=true")
    assert done.returncode == 1
    assert bare.statuses() == ["failed", "skipped"]
    assert "1 failed, 1 skipped" in done.stdout
    # It is the command's own choice.
    assert bare.run(f"resume_sweep={bare.sweep}").returncode == 1
    assert bare.statuses() == ["failed", "finished"]


def test_interrupted_it_says_how_to_go_on(bare):
    before = signal.getsignal(signal.SIGTERM)
    done = bare.begin("seed=0,2,4", "hydra.sweeper.max_batch_size=1")
    assert done.returncode == 75
    assert signal.getsignal(signal.SIGTERM) == before
    assert bare.statuses() == ["finished", "interrupted", "waiting"]
    assert "1 interrupted, 1 waiting" in done.stdout
    assert done.stdout.splitlines()[-1] == f"sweep: {bare.sweep}"
    assert f"go on with python {bare.script} resume_sweep={bare.sweep}" in done.stderr
    (attempt,) = bare.folder.glob("run-2-*")
    assert bare.jobs()[1]["run_folder"] == str(attempt)
    assert bare.run(f"resume_sweep={bare.sweep}").returncode == 0
    assert bare.began == ["0 new", "2 new", "2 again", "4 new"]
    assert bare.jobs()[1]["run_folder"] == str(attempt)
    assert list((bare.sweep / "sessions").iterdir()) == []


def test_a_job_that_was_killed_goes_on(bare):
    done = bare.begin("seed=3")
    assert done.returncode == 1
    assert bare.statuses() == ["killed"]
    assert "its process died without a word" in done.stdout
    assert bare.run(f"resume_sweep={bare.sweep}").returncode == 0
    assert bare.began == ["3 new", "3 again"]


def test_what_ended_while_nobody_looked_is_not_run_again(bare):
    bare.begin("seed=0")
    path = bare.sweep / "0" / "job.json"
    record = json.loads(path.read_text()) | {"status": "running", "value": None}
    path.write_text(json.dumps(record))
    bare.run(f"resume_sweep={bare.sweep}")
    assert bare.began == ["0 new"]
    assert bare.jobs()[0]["value"] == 0.0


def test_auto_goes_on_with_the_same_words_alone(bare):
    words = ("seed=1", "sweep.resume=auto")
    assert bare.begin(*words).returncode == 1
    (bare.folder / "cured").touch()
    assert bare.begin("seed=4", "sweep.resume=auto").returncode == 0
    assert bare.begin(*words[::-1]).returncode == 0
    assert bare.began == ["1 new", "4 new", "1 new"]
    assert len(list((bare.folder / "sweeps").iterdir())) == 2
    # It has finished, so a new one begins.
    assert bare.begin(*words).returncode == 0
    assert len(list((bare.folder / "sweeps").iterdir())) == 3


def test_what_would_alter_jobs_is_refused(bare, tmp_path):
    bare.begin("seed=4")
    for word in ("max_steps=3", "hydra.sweep.dir=x", "--cfg"):
        done = bare.run(f"resume_sweep={bare.sweep}", word)
        assert done.returncode == 1
        assert f"{word} would alter its jobs" in done.stderr
    done = bare.run(f"resume_sweep={tmp_path}")
    assert "is not the folder of a sweep that can go on" in done.stderr
    done = bare.begin("seed=0,1", "sweep.resume=yes")
    assert "sweep.resume=yes is unknown: use auto" in done.stderr
    done = bare.begin("seed=0,1", f"hydra.sweep.dir={bare.sweep}")
    assert "holds a sweep already: go on with it by resume_sweep=" in done.stderr
    (bare.sweep / plan.FILE).write_text('{"jobs')
    done = bare.run(f"resume_sweep={bare.sweep}")
    assert "sweep.json is damaged" in done.stderr
    assert len(bare.began) == 1


def test_folders_of_jobs_may_be_deep_and_must_differ(bare):
    bare.begin("seed=4", "hydra.sweep.subdir=deep/job-${hydra.job.num}")
    (path,) = bare.sweep.glob("deep/job-0/job.json")
    run = json.loads(path.read_text())["run_folder"]
    assert json.loads((Path(run) / "place.json").read_text())[2] == bare.sweep.name
    done = bare.begin("seed=0,1", "hydra.sweep.subdir=same")
    assert done.returncode == 1
    assert "two jobs of this sweep would have one folder" in done.stderr


def test_a_value_that_no_run_has_is_refused_before_any_job_starts(bare):
    done = bare.begin("seed=4,5", "max_steps=3,abc")
    assert done.returncode == 1
    assert "error: max_steps=abc is no whole number of at least 1" in done.stderr
    assert not (bare.folder / "began").exists()
    assert list(bare.sweep.glob("[0-9]*")) == []


def test_of_two_that_go_on_at_once_one_runs_a_job(bare):
    bare.begin("seed=1,4")
    other = try_lock(bare.sweep / "0" / "job.lock")
    bare.run(f"resume_sweep={bare.sweep}")
    assert len(bare.began) == 2
    other.close()
    bare.run(f"resume_sweep={bare.sweep}")
    assert bare.began[2:] == ["1 new"]
