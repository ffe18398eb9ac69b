import datetime
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from omegaconf import OmegaConf

from triceras.backend import installed
from triceras.config import compose
from triceras.runs.lock import try_lock
from triceras.sweeps import job, job_record
from triceras.sweeps.places import Place
from triceras.sweeps.session import Session

pytestmark = pytest.mark.once


def test_an_attempt_leaves_its_traces():
    before = {"job": 3, "monitor": "loss", "status": "failed", "started": "s", "error": "no"}
    record = job.next_attempt(before | {"run_folder": "first", "value": None})
    assert record["attempts"] == [
        {"status": "failed", "started": "s", "error": "no", "run_folder": "first"}
    ]
    assert (record["job"], record["status"], record["run_folder"]) == (3, "running", None)
    assert "error" not in record
    assert "attempts" not in job.next_attempt({"job": 3, "status": "waiting"})


def test_only_a_run_that_has_begun_can_go_on(tmp_path):
    assert job.can_go_on(None) is None
    assert job.can_go_on(str(tmp_path)) is None
    for name in ("run.json", "config.yaml"):
        (tmp_path / name).touch()
    assert job.can_go_on(str(tmp_path)) == str(tmp_path)


def test_what_another_command_has_just_tried_is_not_tried_again():
    session = Session(Path("none"))
    session.about = {"since": "2026-01-01T10:00:00+00:00"}
    record = {"status": "failed", "ended": "2026-01-01T12:00:01+02:00"}
    assert job.has_failed_since(record, session)
    assert not job.has_failed_since(record | {"ended": "2026-01-01T12:00:00+02:00"}, session)
    assert not job.has_failed_since(record | {"status": "killed"}, session)
    session.about = {}
    assert not job.has_failed_since(record, session)


@pytest.mark.parametrize(
    ("status", "expected"),
    [("waiting", "skipped"), ("interrupted", "interrupted"), ("failed", "failed")],
)
def test_what_had_been_at_work_is_not_skipped(tmp_path, status, expected):
    session = Session(tmp_path / "session")
    session.file("failed").touch()
    job_record.write(tmp_path, {"job": 0, "status": status})
    config: Any = None
    assert job.start(tmp_path, config, config, Place(), session) is None
    assert job_record.read(tmp_path)["status"] == expected


@pytest.fixture
def run(tmp_path):
    """A function that writes the files of a run, and returns its folder."""

    def write(status, **metrics):
        (tmp_path / "run.json").write_text(json.dumps({"status": status, "error": "e"}))
        (tmp_path / "summary.json").write_text(json.dumps({"metrics": metrics}))
        return str(tmp_path)

    return write


@pytest.mark.parametrize(
    ("status", "of_the_run", "settled"),
    [
        ("running", "finished", "finished"),
        ("running", "interrupted", "interrupted"),
        ("running", "failed", "failed"),
        ("running", "running", "killed"),
        ("interrupted", "finished", "finished"),
        ("interrupted", "running", "interrupted"),
        ("killed", "running", "killed"),
        ("failed", "finished", "failed"),
        ("waiting", "finished", "waiting"),
    ],
)
def test_the_folder_of_a_run_knows_better(run, status, of_the_run, settled):
    folder = run(of_the_run, loss=2.0)
    record = {"status": status, "run_folder": folder, "monitor": "val_loss"}
    found = job_record.settled(record)
    assert found["status"] == settled
    if settled == "finished" != status:
        assert (found["monitor"], found["value"]) == ("loss", 2.0)


@pytest.mark.parametrize(("lost", "status"), [(True, "finished"), (False, "killed")])
def test_where_nobody_knows_how_it_ended_its_run_does(tmp_path, run, lost, status):
    class Process:
        process = SimpleNamespace(pid=1)
        told, said, started = None, {}, 0.0

        def read(self, *starts):
            pass

        def close(self):
            self.lost = lost
            return -9

    ended = object.__new__(job.Job)
    ended.folder, ended.process, ended.session = tmp_path, Process(), Session(Path("none"))
    ended.lock = try_lock(tmp_path / job_record.LOCK)
    folder = run("finished", loss=2.0)
    ended.record = {"status": "running", "pid": 1, "run_folder": folder, "monitor": "loss"}
    assert ended.end() == 2.0
    written = job_record.read(tmp_path)
    assert written["status"] == status
    assert written["exit_code"] == (None if lost else -9)
    assert (written["error"] is None) == lost


def test_a_job_without_a_run_folder_was_killed():
    found = job_record.settled({"status": "running"})
    assert found["status"] == "killed"
    assert "died without a word" in found["error"]


def test_a_damaged_summary_holds_no_metric(run):
    folder = run("finished", loss=1.5)
    record = {"run_folder": folder, "monitor": "loss"}
    assert job_record.results(record) == {"monitor": "loss", "value": 1.5}
    Path(folder, "summary.json").write_text('{"metr')
    assert job_record.results(record) == {"value": None}


def test_times_have_a_zone():
    assert datetime.datetime.fromisoformat(job.now()).tzinfo is not None


class TestForkServer:
    @pytest.fixture
    def asked(self, monkeypatch):
        """The servers that were asked for, and whether the session is that of this process."""
        monkeypatch.setattr(job.forked, "can_fork", lambda: True)
        monkeypatch.setattr(job.forked, "server", lambda *arguments: arguments[:2])

        class Here:
            here = True

            def is_here(self):
                return self.here

        def ask(*words, script="train", resumed=None, here=True, more=None):
            session = Here()
            session.here = here
            config = compose(list(words))
            for name, value in (more or {}).items():
                OmegaConf.update(config, f"backend.environment.{name}", value, force_add=True)
            return job.fork_server(script, config, resumed, session, {})

        return ask

    @pytest.mark.parametrize("backend", installed())
    def test_a_new_run_on_one_device(self, asked, backend):
        name, variables = asked(f"backend={backend}", "+backend.environment.A=1", "cache_dir=/here")
        assert name == backend
        assert variables["A"] == "1"
        assert any(value.startswith("/here/") for value in variables.values())

    @pytest.mark.parametrize(
        ("words", "options"),
        [
            (["devices=2"], {}),
            (["resume=auto"], {}),
            ([], {"resumed": "outputs/a"}),
            ([], {"script": "parity"}),
            ([], {"here": False}),
            (["backend.name=theano"], {}),
            ([], {"more": {"A": "${nowhere}"}}),
            (["backend.environment=null"], {}),
        ],
    )
    def test_no_other(self, asked, words, options):
        assert asked(*words, **options) is None
