import json
import shutil
import socket

import pytest

from triceras import project
from triceras.reporting.keys import differing
from triceras.reporting.run_files import read_run
from triceras.reporting.runs import counts, read
from triceras.runs.lock import locked
from triceras.testing.many_runs import write_job, write_run

pytestmark = pytest.mark.once


def test_a_finished_run(tmp_path):
    run = read_run(write_run(tmp_path, {"optimizer.learning_rate": 0.5}, seed=3, value=7.0))
    assert (run.status, run.line, run.monitor, run.mode) == ("finished", "", "val_loss", "min")
    assert (run.settings["optimizer.learning_rate"], run.settings["seed"]) == (0.5, 3)
    assert (run.metrics["val_loss"], run.words["seed"]) == (7.0, "3")


def test_without_validation_the_metric_is_that_of_training(tmp_path):
    folder = write_run(tmp_path, {})
    summary = json.loads((folder / "summary.json").read_text())
    del summary["metrics"]["val_loss"]
    (folder / "summary.json").write_text(json.dumps(summary))
    assert read_run(folder).monitor == "loss"


def test_runs_from_before_and_after_a_renaming_have_the_same_settings(tmp_path, monkeypatch):
    text = '[tool.triceras]\nlab = "mine"\n[tool.triceras.moved]\n"before" = "mine"\n'
    (tmp_path / "pyproject.toml").write_text(text)
    monkeypatch.setattr(project, "FILE", tmp_path / "pyproject.toml")
    before = write_run(tmp_path, {"data._target_": "before.data.moons.Moons"})
    after = write_run(tmp_path, {"data._target_": "mine.data.moons.Moons"}, seed=1)
    assert differing([read_run(before), read_run(after)]) == {}


def test_a_file_of_weights_that_changed_tells_runs_apart(tmp_path):
    folders = [write_run(tmp_path, {"model.weights": "pretrained.keras"}, n) for n in range(3)]
    for folder, sha256 in zip(folders, ("a", "a", "b"), strict=True):
        run = json.loads((folder / "run.json").read_text())
        (folder / "run.json").write_text(json.dumps(run | {"weights": {"sha256": sha256}}))
    runs = [read_run(folder) for folder in folders]
    assert differing(runs[:2]) == {}
    assert differing(runs) == {"model.weights.sha256": ["a", "a", "b"]}


@pytest.mark.parametrize("name", ["run.json", "config.yaml", "summary.json"])
@pytest.mark.parametrize("content", [None, "{", "[]", "3"])
def test_damage_is_named_and_never_counts_as_finished(tmp_path, name, content):
    folder = write_run(tmp_path, {})
    (folder / name).unlink() if content is None else (folder / name).write_text(content)
    run = read_run(folder)
    assert (run.status, run.summary) == ("unreadable", {})
    assert run.line.startswith(f"{folder / name} cannot be read: ")
    assert "\n" not in run.line


def test_a_failed_run_keeps_its_line_also_where_its_configuration_is_gone(tmp_path):
    folder = write_run(tmp_path, {}, status="failed", error="no\nmemory")
    assert (read_run(folder).status, read_run(folder).line) == ("failed", "no memory")
    (folder / "config.yaml").unlink()
    assert read_run(folder).status == "failed"


def test_an_old_summary_of_a_run_that_goes_on_is_not_read(tmp_path):
    folder = write_run(tmp_path, {})
    run = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(
        json.dumps(run | {"status": "interrupted", "error": "SIGTERM"})
    )
    assert (read_run(folder).status, read_run(folder).summary) == ("interrupted", {})


def test_a_process_that_died_without_a_word_is_told_from_one_at_work(tmp_path):
    here = write_run(tmp_path, {}, 0, status="running", host=socket.gethostname())
    there = write_run(tmp_path, {}, 1, status="running", host="another")
    assert (read_run(here).status, read_run(there).status) == ("killed", "running")
    assert read_run(there).line == "it was under way on another"
    with locked(here):
        assert read_run(here).status == "running"


@pytest.mark.parametrize(
    ("job", "status", "line"),
    [
        ({"status": "failed", "error": "its process died of SIGSEGV"}, "failed", "of SIGSEGV"),
        ({"status": "interrupted", "error": None}, "interrupted", "ended without a word"),
        ({"status": "killed", "error": "SIGKILL,\nfrom a person"}, "killed", "SIGKILL, from a"),
        # Of another attempt, and damaged ones.
        ({"status": "waiting"}, "killed", "ended without a word"),
        ({"status": "finished"}, "killed", "ended without a word"),
    ],
)
def test_how_a_process_died_is_what_its_sweep_says(tmp_path, job, status, line):
    folder = write_run(tmp_path / "runs", {}, status="running", host=socket.gethostname())
    write_job(tmp_path / "sweep", 0, run_folder=str(folder), **job)
    (run,), _ = read([tmp_path])
    assert run.status == status
    assert line in run.line


def test_a_copy_counts_once_where_it_got_furthest(tmp_path):
    folder = write_run(tmp_path / "a", {}, epochs=3)
    copy = tmp_path / "b" / folder.name
    shutil.copytree(folder, copy)
    for name, change in (("summary.json", {"steps": 99}), ("run.json", {"ended": "2026"})):
        content = json.loads((copy / name).read_text())
        (copy / name).write_text(json.dumps(content | change))
    runs, (note,) = read([tmp_path])
    assert [run.folder for run in runs] == [copy]
    assert note.endswith("are counted once, where they got furthest: 1 left out")


def test_a_job_that_was_resumed_and_its_run_are_one(tmp_path):
    folder = write_run(tmp_path, {"batch_size": 32}, argv=["scripts/train.py", "resume=x"])
    for number in range(2):
        write_job(
            tmp_path / "sweeps" / f"s{number}",
            0,
            status="finished",
            overrides=["batch_size=32", "seed=0"],
            run_folder=str(folder),
        )
    ((run,), notes) = read([tmp_path])
    assert (notes, run.words["batch_size"], run.words["resume"]) == ([], "32", "x")


@pytest.mark.parametrize(
    ("job", "status", "line"),
    [
        ({"status": "failed", "error": "no such data"}, "failed", "no such data"),
        ({"status": "waiting"}, "waiting", "it has not begun"),
        ({"status": "finished", "run_folder": "gone/x"}, "lost", "its run is not there: gone/x"),
    ],
)
def test_a_job_without_a_run_is_counted_with_its_line(tmp_path, job, status, line):
    write_job(tmp_path, 4, **job)
    ((run,), _) = read([tmp_path])
    assert (run.status, run.settings) == (status, {})
    assert run.line.endswith(line)
    assert counts([run]) == {"finished": 0, status: 1}


def test_a_line_with_the_name_of_a_file_that_is_no_text_can_be_written(tmp_path):
    folder = write_run(tmp_path, {}, status="failed", error="no \udcff.npz", argv=["a=\udcff"])
    run = read_run(folder)
    assert (run.line, run.words) == ("no ?.npz", {"a": "?"})


def test_a_summary_of_another_shape_is_damage(tmp_path):
    folder = write_run(tmp_path, {})
    (folder / "summary.json").write_text('{"metrics": {"val_loss": 1}, "seconds": [1]}')
    assert read_run(folder).status == "unreadable"
