import shutil

import pytest

from triceras.errors import UserError
from triceras.reporting.found import find
from triceras.testing.many_runs import write_job, write_run

pytestmark = pytest.mark.once


def test_runs_are_found_however_deep_and_once(tmp_path):
    folders = [write_run(tmp_path, {}, seed) for seed in range(2)]
    (tmp_path / "again").symlink_to(folders[0])
    found, jobs = find([tmp_path, folders[0], folders[0].parent])
    assert (found, jobs) == (sorted(folders), [])


def test_what_is_within_a_run_is_none_of_its_own(tmp_path):
    folder = write_run(tmp_path, {})
    (folder / "wandb").mkdir()
    (folder / "wandb" / "run.json").write_text("{}")
    assert find([tmp_path])[0] == [folder]


def test_a_sweep_leads_to_its_runs_wherever_all_outputs_are_now(tmp_path):
    outputs = tmp_path / "outputs"
    folder = write_run(outputs, {})
    told = "elsewhere/outputs" / folder.relative_to(outputs)
    write_job(outputs / "sweeps" / "one", 10, status="finished", run_folder=str(told))
    write_job(outputs / "sweeps" / "one" / "deep", 11, status="finished", run_folder=str(told))
    write_job(outputs / "sweeps" / "one", 9, status="failed", error="no", run_folder=None)
    moved = shutil.move(outputs, tmp_path / "moved")
    found, jobs = find([moved / "sweeps" / "one"])
    assert found == [moved / folder.relative_to(outputs)]
    assert [(job["job"], job["found"] is not None) for job in jobs] == [
        (9, False),
        (10, True),
        (11, True),
    ]


def test_a_damaged_job_is_still_one(tmp_path):
    (write_job(tmp_path / "sweep", 0) / "job.json").write_text("{")
    (job,) = find([tmp_path])[1]
    assert job["status"] == "unreadable"
    assert "job.json cannot be read" in job["error"]
    (tmp_path / "sweep" / "0" / "job.json").write_text("[]")
    assert find([tmp_path])[1][0]["status"] == "unreadable"


def test_a_job_that_died_without_a_word_is_killed(tmp_path):
    write_job(tmp_path / "sweep", 0, status="running")
    assert find([tmp_path])[1][0]["status"] == "killed"


def test_nothing_there_is_one_line(tmp_path):
    with pytest.raises(UserError, match=r"no runs are in .*: name the folder of a sweep"):
        find([tmp_path])
    with pytest.raises(UserError, match="is no folder"):
        find([tmp_path / "missing"])
